//go:build !linux && !darwin

package image

import (
	"errors"
	"math"
	"os"
	"unsafe"
)

// mapping is nothing here: sections are read.
type mapping struct{}

func (im *File) mapFile(*os.File) error { return errors.ErrUnsupported }

func (*mapping) of(string) (unsafe.Pointer, int) { return nil, 0 }
func (*mapping) close() error                    { return nil }
func (*mapping) leave(string)                    {}

// Free is how many bytes a file of a folder can still take; unknown here.
func Free(string) int64 { return math.MaxInt64 }
