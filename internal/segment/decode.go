package segment

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/s2"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Decode gives the events of a segment, in the order in which they were taken.
// Their strings share a few large ones: who keeps some of them for long should
// clone those. Damaged input is refused, with memory bounded by [MaxMemory]
// whatever it claims.
func Decode(body []byte) ([]event.Event, error) {
	if err := Check(body); err != nil {
		return nil, err
	}
	n, err := s2.DecodedLen(body[header:])
	if err != nil || n > MaxMemory {
		return nil, damaged("its block says that it holds %d bytes", "数据块自称有 %d 字节", n)
	}
	raw, err := s2.Decode(nil, body[header:])
	if err != nil {
		return nil, damaged("its block can't be unpacked: %v", "数据块无法解压：%v", err)
	}
	d := decoder{}
	events := d.events(raw)
	if d.fault != "" {
		return nil, damaged("its %s doesn't agree with its totals", "其中的 %s 与总数不符", d.fault)
	}
	return events, nil
}

// Check says whether a segment is what was written, by its checksum alone.
func Check(body []byte) error {
	if len(body) < header {
		return damaged("it has %d bytes, fewer than its head", "仅 %d 字节，缺少开头部分", len(body))
	}
	if body[0] != version {
		return &errs.Error{Code: errs.Input, What: errs.Tf("a segment of form %d; this program reads form %d", "数据段格式为 %d；本程序只能读取格式 %d", body[0], version),
			Next: errs.T("use the program that wrote it, or a newer one", "请使用写入时的程序或更新版本")}
	}
	want, got := binary.LittleEndian.Uint32(body[1:]), crc32.Checksum(body[header:], castagnoli)
	if want != got {
		return damaged("its checksum is %08x and should be %08x", "校验值为 %08x，应为 %08x", got, want)
	}
	return nil
}

// damaged is the error of a segment that isn't what was written.
func damaged(en, zh string, args ...any) error {
	what := errs.Tf(en, zh, args...)
	return &errs.Error{Code: errs.Input, What: errs.T("a segment of the record is damaged: "+what.En, "记录的一个数据段已损坏："+what.Zh),
		Next: errs.T("check the disk, and restore the latest backup", "请检查磁盘，并恢复最近的备份")}
}

// cursor reads one column.
type cursor []byte

// decoder holds the columns and the arenas into which they are read. The first
// fault stops it: all that follows is zero.
type decoder struct {
	col     [columns]cursor
	n       totals
	words   []string
	ids     string
	objects []event.Object
	attrs   []event.Attr
	items   []string
	last    last
	fault   string
}

func (d *decoder) fail(part string) {
	if d.fault == "" {
		d.fault = part
		d.col = [columns]cursor{}
	}
}

// events reads the whole of it.
func (d *decoder) events(raw []byte) []event.Event {
	if !d.open(raw) {
		return nil
	}
	out := make([]event.Event, d.n.events)
	for i := range out {
		d.event(&out[i])
		if d.fault != "" {
			return nil
		}
	}
	for i := range d.col {
		if len(d.col[i]) > 0 {
			d.fail("columns")
		}
	}
	if len(d.objects)+len(d.attrs)+len(d.items)+len(d.ids) > 0 {
		d.fail("columns")
	}
	return out
}

// open reads totals and dictionary and cuts the columns out.
func (d *decoder) open(raw []byte) bool {
	rest := cursor(raw)
	for _, n := range []*uint64{&d.n.events, &d.n.objects, &d.n.attrs, &d.n.items, &d.n.words, &d.n.letters} {
		if *n = d.uint(&rest); *n > uint64(len(raw)) { // each takes a byte at least
			d.fail("head")
		}
	}
	if d.fault != "" || d.n.memory() > MaxMemory {
		d.fail("head")
		return false
	}
	lengths := make([]int, d.n.words)
	for i := range lengths {
		lengths[i] = d.length(&rest, len(raw))
	}
	var sizes [columns]int
	for i := range sizes {
		sizes[i] = d.length(&rest, len(raw))
	}
	d.words = make([]string, d.n.words)
	total := 0
	for _, n := range lengths {
		total += n
	}
	text := string(d.cut(&rest, total))
	if d.fault != "" {
		return false
	}
	for i, n := range lengths {
		d.words[i], text = text[:n], text[n:]
	}
	for i, n := range sizes {
		d.col[i] = d.cut(&rest, n)
	}
	d.ids = string(d.col[colIDText])
	d.col[colIDText] = nil
	if len(rest) > 0 || uint64(total+len(d.ids)) != d.n.letters {
		d.fail("head")
	}
	d.objects, d.attrs, d.items = make([]event.Object, d.n.objects), make([]event.Attr, d.n.attrs), make([]string, d.n.items)
	return d.fault == ""
}

func (d *decoder) uint(c *cursor) uint64 {
	b := *c
	if len(b) > 0 && b[0] < 0x80 { // most numbers are small
		*c = b[1:]
		return uint64(b[0])
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		d.fail("columns")
		return 0
	}
	*c = b[n:]
	return v
}

func (d *decoder) int(c *cursor) int64 {
	v, n := binary.Varint(*c)
	if n <= 0 {
		d.fail("columns")
		return 0
	}
	*c = (*c)[n:]
	return v
}

// length is a number that can't be more than most.
func (d *decoder) length(c *cursor, most int) int {
	n := d.uint(c)
	if n > uint64(most) {
		d.fail("lengths")
		return 0
	}
	return int(n)
}

func (d *decoder) cut(c *cursor, n int) cursor {
	if n > len(*c) {
		d.fail("lengths")
		return nil
	}
	out := (*c)[:n]
	*c = (*c)[n:]
	return out
}

func (d *decoder) word(c *cursor) string { return d.wordAt(d.uint(c)) }

func (d *decoder) wordAt(n uint64) string {
	if n >= uint64(len(d.words)) {
		d.fail("dictionary")
		return ""
	}
	return d.words[n]
}

func (d *decoder) event(v *event.Event) {
	shape, who := &d.col[colShape], &d.col[colWho]
	v.Source, v.Type = d.word(shape), d.word(shape)
	flags := d.uint(shape)
	v.Time = d.stamp(flags>>timeShift, &d.last.time)
	happened := d.last.time
	v.Recorded = d.stamp(flags>>recordedShift, &happened)
	v.Received = d.stamp(flags>>receivedShift, &d.last.received)
	d.last.seq += d.int(&d.col[colSeq])
	v.Seq, v.HasSeq = d.last.seq, flags&hasSeq != 0
	n := d.length(&d.col[colID], len(d.ids))
	v.ID, d.ids = d.ids[:n], d.ids[n:]
	if flags&hasActor != 0 {
		v.Actor = event.Some(d.word(who))
	}
	if flags&hasUnit != 0 {
		v.Unit = event.Some(d.word(who))
	}
	if flags&hasCorrects != 0 {
		v.Corrects = d.word(who)
	}
	if flags&hasVoids != 0 {
		v.Voids = d.word(who)
	}
	if flags>>(receivedShift+2) != 0 {
		d.fail("flags")
	}
	v.Objects = d.objectList()
	v.Attrs = d.attrList()
}

func (d *decoder) stamp(kind uint64, before *int64) event.Stamp {
	k := event.Absent
	switch kind & 3 {
	case 0:
		return event.Stamp{}
	case 1:
		k = event.Time
	case 2:
		k = event.Day
	default:
		d.fail("flags")
	}
	*before += d.int(&d.col[colTime])
	return event.Stamp{At: clock.Instant(*before), Kind: k}
}

func (d *decoder) objectList() []event.Object {
	n := d.length(&d.col[colTie], len(d.objects))
	if n == 0 {
		return nil
	}
	list := d.objects[:n:n]
	d.objects = d.objects[n:]
	for i := range list {
		o := &list[i]
		o.Type, o.Qualifier = d.word(&d.col[colTie]), d.word(&d.col[colTie])
		o.ID = d.word(&d.col[colObject])
		o.Attrs = d.attrList()
	}
	return list
}

func (d *decoder) attrList() []event.Attr {
	n := d.length(&d.col[colTie], len(d.attrs))
	if n == 0 {
		return nil
	}
	list := d.attrs[:n:n]
	d.attrs = d.attrs[n:]
	for i := range list {
		name := d.uint(&d.col[colName])
		list[i].Name = d.wordAt(name >> formBits)
		d.value(&list[i].Value, name&(1<<formBits-1))
	}
	return list
}

func (d *decoder) value(v *event.Value, form uint64) {
	c := &d.col[colValue]
	switch form {
	case formWhole:
		v.Kind, v.Num = event.Number, float64(d.int(c))
	case formFloat:
		v.Kind = event.Number
		if b := d.cut(&d.col[colFloat], 8); len(b) == 8 {
			v.Num = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	case uint64(event.String):
		v.Kind, v.Str = event.String, d.word(c)
	case uint64(event.Bool):
		*v = event.Boolean(d.uint(c) != 0)
	case uint64(event.Time), uint64(event.Day):
		v.Kind, v.At = event.Kind(form), clock.Instant(d.int(c))
	case uint64(event.Strings):
		v.Kind, v.List = event.Strings, d.strings(c)
	}
}

// strings reads a list: nil, or one of some length, perhaps of none.
func (d *decoder) strings(c *cursor) []string {
	n := d.length(c, len(d.items)+1)
	if n == 0 {
		return nil
	}
	list := d.items[: n-1 : n-1]
	d.items = d.items[n-1:]
	for i := range list {
		list[i] = d.word(c)
	}
	return list
}
