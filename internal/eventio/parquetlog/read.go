package parquetlog

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Read reads the log in a Parquet file of size bytes into b. Columns are
// chosen as the package comment says, opt.Map first. Errors are [errs.Error]
// and name the column and, where one row is at fault, the row, from 1.
func Read(r io.ReaderAt, size int64, b *event.Builder, opt eventio.Read) error {
	f, err := readFooter(r, size, opt.File)
	if err != nil {
		return err
	}
	leaves, ok := f.columns()
	if !ok {
		return inputError(opt.File, errs.T("the schema in the footer doesn't fit together", "文件尾中的模式不自洽"))
	}
	p, err := newPlan(leaves, b.Wants, b.Declared, opt)
	if err != nil {
		return err
	}
	if err := f.checkChunks(p, size); err != nil {
		return err
	}
	b.Reserve(int(f.rows))
	rd := &reader{in: r, footer: f, plan: p, opt: opt, set: settings{b.Zone(), b.Declared}}
	return rd.run(b)
}

// checkChunks holds the columns that are read against the file.
func (f *footer) checkChunks(p *plan, size int64) error {
	limit := size*rowsPerByte + rowsFree
	for gi := range f.groups {
		for _, c := range p.columns {
			k := &f.groups[gi].chunks[c.index]
			start := k.start()
			switch {
			case k.elsewhere:
				return p.error(gi, &inColumn{c.column, faultf("it lies in another file or is encrypted", "该列位于另一文件或已加密")})
			case k.phys != c.phys || k.values < 0:
				return p.error(gi, &inColumn{c.column, faultf("its type isn't that of the schema", "其类型与模式不符")})
			case start < 4 || k.compressed < 0 || start > size || k.compressed > size-start:
				return p.error(gi, &inColumn{c.column, faultf("it lies outside the file", "其位置超出文件范围")})
			case k.values > limit:
				return p.error(gi, &inColumn{c.column, &fault{errs.Tf("%d bytes claim more than %d values", "%d 字节声称含有超过 %d 个值", size, limit), true}})
			}
		}
	}
	return nil
}

// start is where a chunk's first page lies.
func (k *chunk) start() int64 {
	if k.dicAt > 0 && k.dicAt < k.dataAt {
		return k.dicAt
	}
	return k.dataAt
}

// error makes an error of what is wrong in a row group, from 0.
func (p *plan) error(group int, err error) error {
	col, f := "", (*fault)(nil)
	if in := (*inColumn)(nil); errors.As(err, &in) {
		col, f = in.column, in.fault
	} else if !errors.As(err, &f) {
		if e := (*errs.Error)(nil); errors.As(err, &e) {
			return e
		}
		return readError(p.file, err)
	}
	e := inputError(p.file, errs.Text{
		En: fmt.Sprintf("column %q of row group %d: %s", col, group+1, f.what.En),
		Zh: fmt.Sprintf("第 %d 个行组的列 %q：%s", group+1, col, f.what.Zh)})
	if f.limit {
		e.Code = errs.Limit
	}
	return e
}

// reader reads a file's row groups: workers decode chunks, the last one done
// with a group makes its batch, and batches are appended in order.
type reader struct {
	in     io.ReaderAt
	footer *footer
	plan   *plan
	opt    eventio.Read
	set    settings
}

// job is one row group on its way.
type job struct {
	group int
	vs    []*vector
	left  int // chunks not decoded yet; under mu
	mu    sync.Mutex
	err   error
	at    int // the column of err: the first that has one, whichever was decoded first
	batch *event.Batch
	bad   []badRow
	done  chan struct{}
}

type task struct {
	*job
	column int
}

func (rd *reader) run(b *event.Builder) error {
	workers := runtime.GOMAXPROCS(0)
	tasks := make(chan task)
	jobs := make(chan *job, workers) // as many row groups are ahead of the merging
	stop := make(chan struct{})
	spares := make(spares, len(rd.plan.columns))
	for i := range spares {
		spares[i] = make(chan *vector, 2*workers+1)
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			d := &decoder{}
			var raw []byte
			for t := range tasks {
				raw = rd.work(t, d, raw, spares)
			}
			d.close()
		})
	}
	wg.Go(func() {
		defer close(jobs)
		defer close(tasks)
		for g := range rd.footer.groups {
			j := &job{group: g, vs: make([]*vector, len(rd.plan.columns)), left: len(rd.plan.columns), done: make(chan struct{})}
			select {
			case jobs <- j:
			case <-stop:
				return
			}
			for c := range rd.plan.columns {
				select {
				case tasks <- task{j, c}:
				case <-stop:
					return
				}
			}
		}
	})
	err := rd.merge(b, jobs, spares)
	close(stop)
	wg.Wait()
	return err
}

// spares are vectors whose room is used again, by column: their tables have
// grown to what the column needs.
type spares []chan *vector

func (s spares) get(column int) *vector {
	select {
	case v := <-s[column]:
		return v
	default:
		return &vector{}
	}
}

func (s spares) put(column int, v *vector) {
	select {
	case s[column] <- v:
	default:
	}
}

// merge appends the batches in the order of the file.
func (rd *reader) merge(b *event.Builder, jobs <-chan *job, spares spares) error {
	rows, bytes := 0, int64(0)
	for j := range jobs {
		<-j.done
		if j.err != nil {
			return rd.plan.error(j.group, j.err)
		}
		for _, bad := range j.bad {
			e := &errs.Error{Code: errs.Input, Place: errs.Place{File: rd.opt.File, Row: rows + bad.row + 1}, What: bad.what,
				Next: errs.T("correct the row, or set rows aside with --skip-bad", "请更正该行，或用 --skip-bad 搁置")}
			if err := rd.opt.Bad.Add(e, bad.raw); err != nil {
				return err
			}
		}
		if err := b.AppendBatch(j.batch); err != nil {
			return event.AtPlace(err, errs.Place{File: rd.opt.File})
		}
		for i, v := range j.vs {
			v.release()
			spares.put(i, v)
			bytes += rd.footer.groups[j.group].chunks[rd.plan.columns[i].index].compressed
		}
		rows += int(rd.footer.groups[j.group].rows)
		if rd.opt.Progress != nil {
			rd.opt.Progress(bytes)
		}
	}
	return nil
}

// work decodes one chunk and, if it is its row group's last, makes the batch.
func (rd *reader) work(t task, d *decoder, raw []byte, spares spares) []byte {
	raw, v, err := rd.chunk(t, d, raw, spares)
	t.mu.Lock()
	t.vs[t.column] = v
	if err != nil && (t.err == nil || t.column < t.at) {
		t.err, t.at = err, t.column
	}
	t.left--
	last := t.left == 0
	t.mu.Unlock()
	if !last {
		return raw
	}
	if t.err == nil {
		t.batch, t.bad, t.err = rd.plan.assemble(t.vs, int(rd.footer.groups[t.group].rows), rd.set)
	}
	close(t.done)
	return raw
}

func (rd *reader) chunk(t task, d *decoder, raw []byte, spares spares) ([]byte, *vector, error) {
	c := &rd.plan.columns[t.column]
	g := &rd.footer.groups[t.group]
	k := &g.chunks[c.index]
	v := spares.get(t.column)
	switch bytes := c.phys == physBytes || c.phys == physFixed; {
	case !bytes:
		v.dict = nil
	case v.dict == nil:
		v.dict = event.NewBatchDict()
	}
	if int64(cap(raw)) < k.compressed {
		raw = make([]byte, k.compressed)
	}
	raw = raw[:k.compressed]
	if err := readFull(rd.in, raw, k.start()); err != nil {
		return raw, v, err
	}
	return raw, v, at(c, d.decode(&c.leaf, k, int(g.rows), raw, v))
}

// close lets go of what a decoder holds beside memory.
func (d *decoder) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}
