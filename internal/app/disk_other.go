//go:build !unix

package app

// diskSpace isn't known here.
func diskSpace(string) (free, all int64) { return 0, 0 }
