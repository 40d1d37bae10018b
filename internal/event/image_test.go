package event

import (
	"fmt"
	"testing"
	"unsafe"
)

// A dictionary that was read from an image takes half as many names more without its
// tables being made anew, for which nothing could be judged.
func TestALoadedDictionaryHasRoom(t *testing.T) {
	const n = 100_000
	names := make([]string, 1, withMore(n))
	for i := 1; i < n; i++ {
		names = append(names, fmt.Sprintf("a case with a long name %d", i))
	}
	d := dictOf(names)
	slots, listed := unsafe.SliceData(d.slots), unsafe.SliceData(d.names)
	for i := range n / 2 {
		d.Code(fmt.Sprintf("another case, with a long name %d", i))
	}
	if unsafe.SliceData(d.slots) != slots || unsafe.SliceData(d.names) != listed {
		t.Error("a table was made anew")
	}
	if d.Len() != n-1+n/2 {
		t.Errorf("%d names", d.Len())
	}
}
