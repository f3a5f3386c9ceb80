// Command weft is a terminal interface for a bucket of fabric images.
package main

func main() {}
