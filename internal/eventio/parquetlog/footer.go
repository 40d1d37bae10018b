package parquetlog

import (
	"encoding/binary"
	"io"

	"plumbline/internal/errs"
)

// Limits on what a file may claim. They are far above what writers make and
// keep a made-up file from costing more than it weighs.
const (
	maxFooter = 64 << 20  // bytes of footer
	maxChunks = 1 << 20   // row groups × columns
	maxPage   = 256 << 20 // bytes of a page, unpacked
	// rowsPerByte bounds rows by the size of the file: run-length encoding can
	// claim a thousand million rows in ten bytes, but rows that differ in case
	// and time cost a bit each at the very least.
	rowsPerByte = 32
	rowsFree    = 1 << 20
)

// The physical types of Parquet.
const (
	physBool, physInt32, physInt64, physInt96 = 0, 1, 2, 3
	physFloat, physDouble, physBytes          = 4, 5, 6
	physFixed, physNone                       = 7, -1
)

// meaning is what a leaf's annotation says of its values.
type meaning uint8

const (
	plain     meaning = iota
	text              // UTF8, ENUM, JSON
	decimal           // unscaled, see scale
	date              // days since 1970
	timestamp         // see unit, utc
	timeOfDay         // see unit
	unsigned          // an integer of 8 to 64 bits
	uuid
	half    // a float of 16 bits
	unknown // BSON, intervals, geometry, variants
)

// element is a node of the schema.
type element struct {
	name       string
	phys       int8
	length     int32 // of physFixed
	repetition int8  // 0 required, 1 optional, 2 repeated
	children   int
	converted  int8 // the older annotation, -1 none
	scale      int32
	means      meaning
	unit       int64 // of a timestamp: how many make a second
	utc        bool
	list, keys bool // annotated as LIST, MAP
}

// chunk is one column of one row group.
type chunk struct {
	phys, codec   int8
	values        int64
	compressed    int64
	dataAt, dicAt int64
	elsewhere     bool // in another file, or encrypted
}

type rowGroup struct {
	rows   int64
	chunks []chunk
}

type footer struct {
	rows   int64
	schema []element
	groups []rowGroup
	leaves int
}

// readFooter reads and checks the footer of a file of size bytes.
func readFooter(r io.ReaderAt, size int64, file string) (*footer, error) {
	fail := func(en, zh string, args ...any) error { return inputError(file, errs.Tf(en, zh, args...)) }
	var head [4]byte
	var tail [8]byte
	if size < 12 {
		return nil, fail("the file has %d bytes; a Parquet file has at least 12 and begins and ends with PAR1", "文件只有 %d 字节；Parquet 文件至少 12 字节，首尾均为 PAR1", size)
	}
	if err := readFull(r, head[:], 0); err != nil {
		return nil, readError(file, err)
	}
	if err := readFull(r, tail[:], size-8); err != nil {
		return nil, readError(file, err)
	}
	switch {
	case string(head[:]) == "PARE" || string(tail[4:]) == "PARE":
		return nil, fail("the file is encrypted; expected a Parquet file that can be read without a key", "文件已加密；应为无需密钥即可读取的 Parquet 文件")
	case string(head[:]) != "PAR1":
		return nil, fail("not a Parquet file: it begins with %q; expected \"PAR1\"", "不是 Parquet 文件：开头为 %q，应为 \"PAR1\"", head[:])
	case string(tail[4:]) != "PAR1":
		return nil, fail("the file ends early: its last bytes are %q; expected \"PAR1\", which a complete Parquet file ends with", "文件不完整：末尾为 %q；完整的 Parquet 文件以 \"PAR1\" 结尾", tail[4:])
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > size-12 {
		return nil, fail("the footer is said to be %d bytes long, more than the file holds", "文件尾声称长 %d 字节，超过文件本身", n)
	}
	if n > maxFooter {
		return nil, limitError(file, errs.Tf("the footer is %d bytes long; at most %d are read", "文件尾长 %d 字节；最多读取 %d 字节", n, maxFooter))
	}
	raw := make([]byte, n)
	if err := readFull(r, raw, size-8-n); err != nil {
		return nil, readError(file, err)
	}
	f, ok := parseFooter(raw)
	if !ok {
		return nil, fail("the footer can't be read: its fields don't fit the Parquet format", "无法读取文件尾：字段不符合 Parquet 格式")
	}
	return f, f.check(size, file)
}

func parseFooter(raw []byte) (*footer, bool) {
	f := &footer{}
	c := &compact{b: raw}
	chunks := 0
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 2 && typ == tList:
			n, _ := c.list()
			for ; n > 0 && !c.bad; n-- {
				e := readElement(c)
				if e.phys != physNone {
					f.leaves++
				}
				if len(f.schema) > maxChunks {
					c.bad = true
				}
				f.schema = append(f.schema, e)
			}
		case id == 3 && typ == tI64:
			f.rows = c.int()
		case id == 4 && typ == tList:
			n, _ := c.list()
			for ; n > 0 && !c.bad; n-- {
				g := readGroup(c)
				if chunks += len(g.chunks) + 1; chunks > maxChunks || len(g.chunks) != f.leaves {
					c.bad = true
				}
				f.groups = append(f.groups, g)
			}
		case id == 8 && typ == tStruct: // an encryption algorithm: the footer is plain, columns needn't be
			return false
		default:
			return false
		}
		return true
	})
	return f, !c.bad && len(f.schema) > 1
}

func readElement(c *compact) element {
	e := element{phys: physNone, converted: -1}
	logical := false
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == tI32:
			e.phys = int8(c.int())
		case id == 2 && typ == tI32:
			e.length = int32(c.int())
		case id == 3 && typ == tI32:
			e.repetition = int8(c.int())
		case id == 4 && typ == tBinary:
			e.name = string(c.bytes())
		case id == 5 && typ == tI32:
			e.children = int(c.int())
		case id == 6 && typ == tI32:
			e.converted = int8(c.int())
		case id == 7 && typ == tI32:
			e.scale = int32(c.int())
		case id == 10 && typ == tStruct:
			logical = true
			readLogical(c, &e)
		default:
			return false
		}
		return true
	})
	if !logical {
		e.fromConverted()
	}
	return e
}

// readLogical reads a LogicalType: a union, of which one field is there.
func readLogical(c *compact, e *element) {
	c.fields(func(id int16, typ byte) bool {
		if typ != tStruct {
			return false
		}
		switch id {
		case 1, 4, 12: // STRING, ENUM, JSON
			e.means = text
		case 2:
			e.keys = true
		case 3:
			e.list = true
		case 5:
			e.means = decimal
			c.fields(func(id int16, typ byte) bool {
				if id == 1 && typ == tI32 {
					e.scale = int32(c.int())
					return true
				}
				return false
			})
			return true
		case 6:
			e.means = date
		case 7, 8:
			e.means = timestamp
			if id == 7 {
				e.means = timeOfDay
			}
			readTimeUnit(c, e)
			return true
		case 10:
			c.fields(func(id int16, typ byte) bool {
				if id == 2 && typ == tFalse {
					e.means = unsigned
				}
				return false
			})
			return true
		case 11: // a column of nulls
		case 14:
			e.means = uuid
		case 15:
			e.means = half
		default:
			e.means = unknown
		}
		return false
	})
}

func readTimeUnit(c *compact, e *element) {
	e.unit = 1e3
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1:
			e.utc = typ == tTrue
		case id == 2 && typ == tStruct:
			c.fields(func(id int16, _ byte) bool {
				switch id {
				case 2:
					e.unit = 1e6
				case 3:
					e.unit = 1e9
				}
				return false
			})
			return true
		}
		return false
	})
}

// fromConverted reads the annotation that came before logical types. Its
// timestamps are in UTC, as the format's specification says.
func (e *element) fromConverted() {
	switch e.converted {
	case 0, 4, 19:
		e.means = text
	case 1, 2:
		e.keys = true
	case 3:
		e.list = true
	case 5:
		e.means = decimal
	case 6:
		e.means = date
	case 7, 8:
		e.means, e.unit, e.utc = timeOfDay, 1e3, true
		if e.converted == 8 {
			e.unit = 1e6
		}
	case 9, 10:
		e.means, e.unit, e.utc = timestamp, 1e3, true
		if e.converted == 10 {
			e.unit = 1e6
		}
	case 11, 12, 13, 14:
		e.means = unsigned
	case 20, 21:
		e.means = unknown
	}
}

func readGroup(c *compact) rowGroup {
	var g rowGroup
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == tList:
			n, _ := c.list()
			for ; n > 0 && !c.bad; n-- {
				g.chunks = append(g.chunks, readChunk(c))
				if len(g.chunks) > maxChunks {
					c.bad = true
				}
			}
		case id == 3 && typ == tI64:
			g.rows = c.int()
		default:
			return false
		}
		return true
	})
	return g
}

func readChunk(c *compact) chunk {
	k := chunk{phys: physNone}
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == tBinary, id == 8, id == 9:
			k.elsewhere = true
			return false
		case id == 3 && typ == tStruct:
			c.fields(func(id int16, typ byte) bool {
				switch {
				case id == 1 && typ == tI32:
					k.phys = int8(c.int())
				case id == 4 && typ == tI32:
					k.codec = int8(c.int())
				case id == 5 && typ == tI64:
					k.values = c.int()
				case id == 7 && typ == tI64:
					k.compressed = c.int()
				case id == 9 && typ == tI64:
					k.dataAt = c.int()
				case id == 11 && typ == tI64:
					k.dicAt = c.int()
				default:
					return false
				}
				return true
			})
		default:
			return false
		}
		return true
	})
	return k
}

// check holds the counts against the size of the file.
func (f *footer) check(size int64, file string) error {
	sum := int64(0)
	limit := size*rowsPerByte + rowsFree
	for _, g := range f.groups {
		if g.rows < 0 {
			return inputError(file, errs.T("a row group claims fewer than no rows", "行组声称的行数为负"))
		}
		if sum += g.rows; sum > limit {
			return limitError(file, errs.Tf("%d bytes claim more than %d rows; a log of events doesn't pack that well", "%d 字节声称含有超过 %d 行；事件日志不可能压缩到这种程度", size, limit))
		}
	}
	if sum != f.rows {
		return inputError(file, errs.Tf("the file says it has %d rows, its row groups have %d", "文件声明 %d 行，而各行组合计 %d 行", f.rows, sum))
	}
	return nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// inputError is something wrong with a file as a whole.
func inputError(file string, what errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, What: what,
		Next: errs.T("write the file again, or read the log in another format", "请重新导出该文件，或改用其他格式")}
}

func limitError(file string, what errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Limit, Place: errs.Place{File: file}, What: what,
		Next: errs.T("write the file again, or read the log in another format", "请重新导出该文件，或改用其他格式")}
}

func readError(file string, err error) *errs.Error {
	why := errs.System(err)
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err,
		What: errs.T("can't be read: "+why.En, "无法读取："+why.Zh),
		Next: errs.T("check that the file is complete and that you may read it", "请检查文件是否完整、是否有读取权限")}
}
