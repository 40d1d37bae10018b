package xes

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"plumbline/internal/errs"
)

const (
	blockSize  = 256 << 10 // fits the cache that two cores share
	blockCount = 4
	// headroom stands free before the bytes of a block, for the beginning of a
	// tag that the block before it cut in two.
	headroom = 16 << 10

	// A file that unpacks to more than bombFloor and bombRatio times its size
	// is no log: real ones stay under 100, and deflate ends near 1,032.
	bombFloor = 64 << 20
	bombRatio = 250
)

// feed reads a file, unpacked, ahead of the scanner.
type feed struct {
	full  chan block
	empty chan []byte
	stop  chan struct{}
	done  chan struct{}

	now []byte // the block that the scanner works on, nil if that is big
	big []byte // joins what a block's headroom can't take
}

type block struct {
	buf []byte // headroom and bytes
	err error  // what ended the file after them; io.EOF is its end
}

// counter counts what was read of the file itself.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// newFeed begins to read; close must be called.
func newFeed(r io.Reader, progress func(int64)) *feed {
	f := &feed{full: make(chan block, blockCount), empty: make(chan []byte, blockCount),
		stop: make(chan struct{}), done: make(chan struct{})}
	for range blockCount {
		f.empty <- nil // made when it is needed: many files take one block
	}
	go f.run(r, progress)
	return f
}

// close ends the feed's goroutine. The file may be closed after it.
func (f *feed) close() {
	close(f.stop)
	<-f.done
}

func (f *feed) run(r io.Reader, progress func(int64)) {
	defer close(f.done)
	count := &counter{r: r}
	src, packed, err := unpack(count)
	var total int64
	for {
		var buf []byte
		select {
		case buf = <-f.empty:
		case <-f.stop:
			return
		}
		if buf == nil {
			buf = make([]byte, headroom+blockSize)
		}
		n := 0
		for n < blockSize && err == nil {
			var k int
			k, err = src.Read(buf[headroom+n : headroom+blockSize])
			n += k
		}
		total += int64(n)
		if file := count.n.Load(); packed && total > bombFloor && total/bombRatio > file {
			err = errBomb
		}
		if progress != nil {
			progress(count.n.Load())
		}
		f.full <- block{buf[:headroom+n], err} // has room for every block
		if err != nil {
			return
		}
	}
}

// unpack finds out by its first bytes what the file is.
func unpack(r io.Reader) (src io.Reader, packed bool, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(4)
	if len(head) == 0 {
		if err == io.EOF {
			err = errEmpty
		}
		return nil, false, err
	}
	if e := foreign(head); e != nil {
		return nil, false, e
	}
	if !bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
			_, _ = br.Discard(3) // they were just seen
		}
		return br, false, nil
	}
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, true, err
	}
	inner := bufio.NewReaderSize(z, 32<<10)
	head, err = inner.Peek(4)
	if len(head) == 0 {
		if err == io.EOF {
			err = errEmpty
		}
		return nil, true, err
	}
	if e := foreign(head); e != nil {
		return nil, true, e
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = inner.Discard(3)
	}
	return inner, true, nil
}

// next puts tail, the end of the window that the scanner had, before the next
// bytes of the file. It is io.EOF where there are none.
func (f *feed) next(tail []byte) ([]byte, error) {
	b := <-f.full
	if len(b.buf) == headroom {
		f.full <- b // the reason is asked for again
		return tail, b.err
	}
	if b.err != nil {
		f.full <- block{make([]byte, headroom), b.err}
	}
	if len(tail) > headroom {
		return f.join(tail, b), nil
	}
	start := headroom - len(tail)
	copy(b.buf[start:], tail)
	f.release()
	f.now = b.buf
	return b.buf[start:], nil
}

// join makes a window of a tail that no headroom takes. It doubles what there
// is, so that a tag of many blocks isn't looked at once for each of them.
func (f *feed) join(tail []byte, b block) []byte {
	if f.now != nil {
		f.big = append(f.big[:0], tail...)
	} else {
		f.big = f.big[:copy(f.big[:cap(f.big)], tail)]
	}
	f.release()
	f.now = nil
	for want := 2 * len(tail); ; {
		f.big = append(f.big, b.buf[headroom:]...)
		f.empty <- b.buf[:cap(b.buf)]
		if b.err != nil || len(f.big) >= want {
			return f.big
		}
		if b = <-f.full; b.err != nil {
			f.full <- block{make([]byte, headroom), b.err}
		}
	}
}

func (f *feed) release() {
	if f.now != nil {
		f.empty <- f.now[:cap(f.now)]
	}
}

var (
	errEmpty = errors.New("the file is empty")
	errBomb  = errors.New("gzip bomb")
)

// foreignError is a file that isn't XML in UTF-8, told by its first bytes.
type foreignError struct{ what, next errs.Text }

func (e *foreignError) Error() string { return e.what.En }

func foreign(head []byte) error {
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return &foreignError{errs.T("the file is a zip archive; expected XES, plain or compressed with gzip", "文件是 zip 压缩包；应为 XES，可以是明文或 gzip 压缩"),
			errs.T("unpack it and read the .xes inside", "请解压后读取其中的 .xes 文件")}
	case has("\xfe\xff"), has("\xff\xfe"), has("<\x00"), has("\x00<"):
		return &foreignError{errs.T("the file is in UTF-16; expected UTF-8", "文件是 UTF-16 编码；应为 UTF-8"), convert("UTF-16")}
	}
	return nil
}

// convert says how to get UTF-8 out of another encoding.
func convert(from string) errs.Text {
	return errs.Tf("convert it: iconv -f %s -t UTF-8, and change the encoding in its first line", "请转换：iconv -f %s -t UTF-8，并修改首行的 encoding", from)
}

// feedError says of an error of the feed what a person can do about it.
func feedError(err error, place errs.Place) error {
	var foreign *foreignError
	var corrupt flate.CorruptInputError
	e := &errs.Error{Code: errs.Input, Place: place, Err: err}
	switch {
	case errors.As(err, &foreign):
		e.Place.Line, e.Place.Column = 0, 0
		e.What, e.Next = foreign.what, foreign.next
	case err == errEmpty:
		e.Place.Line, e.Place.Column = 0, 0
		e.What = errs.T("the file is empty; expected an XES log", "文件是空的；应为 XES 日志")
		e.Next = errs.T("fetch it again from where it came from", "请从来源处重新获取")
	case err == errBomb:
		e.Code = errs.Limit
		e.What = errs.Tf("the file unpacks to more than %d times its size; a log doesn't", "文件解压后超过其大小的 %d 倍；日志不会如此", bombRatio)
		e.Next = errs.T("if it is one all the same, unpack it with gzip -d and read the .xes", "若确属日志，请先用 gzip -d 解压，再读取 .xes")
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.What = errs.T("the compressed data ends early; the file was cut off", "压缩数据提前结束；文件被截断")
		e.Next = errs.T("copy it again from where it came from", "请从来源处重新复制")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		e.What = errs.Tf("the compressed data is damaged (%v)", "压缩数据已损坏（%v）", err)
		e.Next = errs.T("copy it again from where it came from", "请从来源处重新复制")
	default:
		why := errs.System(err)
		e.What = errs.T("the file can't be read: "+why.En, "无法读取文件："+why.Zh)
		e.Next = errs.T("see whether it is complete and may be read", "请检查文件是否完整、是否可读")
	}
	return e
}
