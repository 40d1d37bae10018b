package image

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

type pair struct {
	a uint64
	b uint16
}

func written(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	Slice(w, "numbers", numbers(5000), true)
	Slice(w, "none", []uint32{}, true)
	Slices(w, "pairs", slices.Values([][]pair{{{1, 2}}, nil, {{3, 4}, {5, 6}}}), false)
	Value(w, "names", map[string]int{"a": 1})
	Slice(w, "text", []byte("some text"), false)
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func numbers(n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = uint64(i) * 0x9e3779b97f4a7c15
	}
	return out
}

// What comes back is what was written, in a file and in memory, and can be changed
// and appended to without changing the file.
func TestAnImageComesBack(t *testing.T) {
	b := written(t)
	file := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	mapped, err := Open(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, im := range []*File{mapped, read} {
		n := Section[uint64](im, "numbers")
		if !slices.Equal(n, numbers(5000)) {
			t.Fatal("the numbers are others")
		}
		for i := range uint64(20_000) {
			n = append(n, i)
		}
		n[0] = 7
		if n[4999] != numbers(5000)[4999] || n[5000] != 0 || n[24_999] != 19_999 {
			t.Fatal("what was appended isn't there")
		}
		if none := Section[uint32](im, "none"); none == nil || len(none) != 0 {
			t.Errorf("an empty section is %v", none)
		}
		if p := Section[pair](im, "pairs"); !slices.Equal(p, []pair{{1, 2}, {3, 4}, {5, 6}}) {
			t.Errorf("pairs %v", p)
		}
		if Section[byte](im, "nothing") != nil {
			t.Error("a section that was not written is there")
		}
		var names map[string]int
		if Get(im, "names", &names); names["a"] != 1 {
			t.Errorf("names %v", names)
		}
		text := Section[byte](im, "text")
		im.Leave()
		if string(text) != "some text" {
			t.Errorf("a string that was given out says %q", text)
		}
		if err := im.Err(); err != nil {
			t.Error(err)
		}
		if Section[uint16](im, "numbers") != nil || im.Err() == nil {
			t.Error("elements of another size were given out")
		}
		if err := im.Close(); err != nil {
			t.Error(err)
		}
	}
	if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, b) {
		t.Errorf("the file was changed: %v", err)
	}
}

// Pointers are refused, however deep they lie.
func TestPointersAreRefused(t *testing.T) {
	w := NewWriter(&bytes.Buffer{})
	Slice(w, "names", []struct{ in [2]struct{ name string } }{}, false)
	if err := w.Finish(); err == nil {
		t.Error("strings were written as they lie in memory")
	}
}

// Any damage to what says something is seen.
func TestDamageIsSeen(t *testing.T) {
	whole := written(t)
	im, err := Read(whole)
	if err != nil {
		t.Fatal(err)
	}
	said := func(at int) bool { // not the room between sections
		return at >= int(im.list[len(im.list)-1].At) || slices.ContainsFunc(im.list, func(e entry) bool { return int64(at) >= e.At && int64(at) < e.At+e.Bytes })
	}
	for at := 0; at < len(whole); at += 1 + at%101 {
		if !said(at) {
			continue
		}
		b := bytes.Clone(whole)
		b[at] ^= 0x10
		if _, err := Read(b); err == nil {
			t.Fatalf("byte %d was changed and nobody saw it", at)
		}
	}
	for _, n := range []int{0, 1, footSize, len(whole) / 2, len(whole) - 1} {
		if _, err := Read(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes passed for all of it", n, len(whole))
		}
	}
}
