//go:build !linux

package app

// memory is how many bytes this machine has; 0 where that can't be told.
func memory() uint64 { return 0 }
