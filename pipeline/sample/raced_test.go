//go:build race

package sample

const raced = true
