package ocel

import (
	"io"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// ReadJSON reads the log in an OCEL 2.0 JSON document into b. The parts of the
// document may come in any order; where events come before the objects that
// they name they wait in memory. Errors are [errs.Error] with line and column.
func ReadJSON(r io.Reader, b *event.Builder, opt eventio.Read) error {
	s := newScanner(r, opt.File)
	j := &jsonReader{scanner: s, sink: newSink(b, opt)}
	have := map[string]bool{}
	s.object(func(key string) {
		have[key] = true
		switch key {
		case "eventTypes":
			j.types(j.events)
		case "objectTypes":
			j.types(j.objects)
		case "objects":
			s.list(func() { j.put(j.sink.object) })
			j.objectsDone = len(j.waitingObjects) == 0
		case "events":
			s.list(func() { j.put(j.sink.event) })
		default:
			s.skip(0)
		}
		j.typesDone = have["eventTypes"] && have["objectTypes"]
	})
	if c, ok := s.peek(); ok {
		s.expected("the end of the file", "文件结尾", c, false)
	}
	if s.err != nil {
		return s.err
	}
	for _, part := range []string{"eventTypes", "objectTypes", "objects", "events"} {
		if !have[part] {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: opt.File},
				What: errs.Tf("the document has no %q; expected an OCEL 2.0 log with eventTypes, objectTypes, objects and events", "文档缺少 %q；应为含 eventTypes、objectTypes、objects 和 events 的 OCEL 2.0 日志", part),
				Next: errs.T("write the log again as OCEL 2.0 (not 1.0)", "请重新导出为 OCEL 2.0（而非 1.0）")}
		}
	}
	return j.finish()
}

type jsonReader struct {
	*scanner
	*sink
	told int64 // megabytes of progress told
}

// types reads the declared types of events or objects.
func (j *jsonReader) types(t types) {
	j.list(func() {
		typ := ""
		var names, kinds []string
		j.scanner.object(func(key string) {
			switch key {
			case "name":
				typ = j.str()
			case "attributes":
				j.list(func() {
					name, kind := "", ""
					j.scanner.object(func(key string) {
						switch key {
						case "name":
							name = j.str()
						case "type":
							kind = j.str()
						default:
							j.skip(0)
						}
					})
					names, kinds = append(names, name), append(kinds, kind)
				})
			default:
				j.skip(0)
			}
		})
		for i := range names {
			t.declare(typ, names[i], kinds[i])
		}
	})
}

// put reads an event or object and hands it to the log.
func (j *jsonReader) put(to func(item) error) {
	j.peek()
	it := item{place: j.place()}
	j.scanner.object(func(key string) {
		switch key {
		case "id":
			it.id, _ = j.scalar()
		case "type":
			it.typ = j.str()
		case "time":
			it.at, _ = j.scalar()
		case "attributes":
			j.list(func() { it.attrs = j.attr(it.attrs) })
		case "relationships":
			j.list(func() { it.relations = append(it.relations, j.relation()) })
		default:
			j.skip(0)
		}
	})
	if j.err == nil {
		if err := to(it); err != nil {
			j.err = err
		} else if j.opt.Progress != nil && j.read>>20 != j.told {
			j.told = j.read >> 20
			j.opt.Progress(j.read)
		}
	}
}

// attr reads an attribute; one that is null is absent.
func (j *jsonReader) attr(list []attr) []attr {
	a := attr{}
	there := false
	j.scanner.object(func(key string) {
		switch key {
		case "name":
			a.name = j.str()
		case "value":
			a.value, a.kind = j.scalar()
			there = a.kind != event.Absent
		case "time":
			a.at, _ = j.scalar()
		default:
			j.skip(0)
		}
	})
	if !there {
		return list
	}
	return append(list, a)
}

func (j *jsonReader) relation() (r relation) {
	j.scanner.object(func(key string) {
		switch key {
		case "objectId":
			r.object, _ = j.scalar()
		case "qualifier":
			r.qualifier, _ = j.scalar()
		default:
			j.skip(0)
		}
	})
	return r
}
