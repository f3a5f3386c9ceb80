//go:build race

package child

const raced = true
