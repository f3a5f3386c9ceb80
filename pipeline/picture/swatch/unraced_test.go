//go:build !race

package swatch

const raced = false
