package parquetlog

import (
	"plumbline/internal/errs"
)

// leaf is a column that holds values: at the top of the schema, or the
// elements of a list there.
type leaf struct {
	element
	index   int // among the chunks of a row group
	column  string
	maxDef  int // the definition level at which a value is there
	maxRep  int // 1 for a list
	listDef int // the least definition level at which a list has an element
	nested  bool
	maps    bool
}

// columns walks the schema, which stands in the footer depth first. Whatever is
// deeper than a list of plain values is marked as nested; whether that is a
// fault depends on whether it is wanted. False: the schema has fewer nodes than it
// says.
func (f *footer) columns() ([]leaf, bool) {
	var out []leaf
	i := 1
	for range f.schema[0].children {
		if i >= len(f.schema) {
			return nil, false
		}
		top := &f.schema[i]
		var ok bool
		if i, ok = f.walk(i, leaf{column: top.name, maps: top.keys}, 0, &out); !ok {
			return nil, false
		}
	}
	return out, i == len(f.schema)
}

// walk takes the node at i, whose ancestors left their levels in l, and gives
// the node after its subtree.
func (f *footer) walk(i int, l leaf, depth int, out *[]leaf) (next int, ok bool) {
	if i >= len(f.schema) || depth > maxDepth {
		return 0, false
	}
	e := &f.schema[i]
	switch e.repetition {
	case 1:
		l.maxDef++
	case 2:
		l.maxDef++
		l.maxRep++
		l.listDef = l.maxDef
	}
	if e.phys != physNone {
		l.element, l.index = *e, len(*out)
		l.nested = depth > 0 && (l.maxRep != 1 || depth > 2) || l.maxRep > 1
		if e.phys < physBool || e.phys > physFixed || e.phys == physFixed && (e.length < 1 || e.length > 1<<15) || e.children != 0 {
			return 0, false
		}
		*out = append(*out, l)
		return i + 1, true
	}
	if e.children < 1 {
		return 0, false
	}
	if depth > 0 && e.children > 1 {
		l.nested = true
	}
	wide := e.children > 1 // a group of several is a struct, whatever its leaves are
	at := len(*out)
	i++
	for range e.children {
		if i, ok = f.walk(i, l, depth+1, out); !ok {
			return 0, false
		}
	}
	if wide {
		for j := range (*out)[at:] {
			(*out)[at+j].nested = true
		}
	}
	return i, true
}

// refuse says why a leaf can't be read and what to do about it.
func (l *leaf) refuse(file string) *errs.Error {
	what := errs.Tf("column %q is nested; expected plain values or a list of them", "列 %q 为嵌套结构；应为普通值或普通值的列表", l.column)
	if l.maps {
		what = errs.Tf("column %q is a map; expected plain values or a list of them", "列 %q 为映射（map）；应为普通值或普通值的列表", l.column)
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, What: what,
		Next: errs.T("write the file without that column, or with a column of its own for each part", "请去掉该列，或将其各部分分别导出为单独的列")}
}
