package seal

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
)

// Columns are the columns of a table, each as it stands before its value in a row: a
// burst of events writes the same few names a million times.
type Columns []string

// ColumnsOf are the columns of these names.
func ColumnsOf(names []string) Columns {
	c := make(Columns, len(names))
	for i, name := range names {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		c[i] = string(append(quote([]byte{before}, name), ':'))
	}
	return c
}

// AppendRow appends a row of a table as it is committed to: a JSON object of its columns
// in their order. A database gives back what was put into it with other types of
// the same kind; they are alike here.
func (c Columns) AppendRow(dst []byte, values []any) ([]byte, error) {
	if len(c) != len(values) || len(c) == 0 {
		return dst, fmt.Errorf("%d columns and %d values", len(c), len(values))
	}
	for i := range c {
		var err error
		if dst, err = cell(append(dst, c[i]...), values[i]); err != nil {
			return dst, fmt.Errorf("%s: %w", c[i][1:len(c[i])-1], err)
		}
	}
	return append(dst, '}'), nil
}

func cell(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return quote(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case bool:
		return truth(dst, v), nil
	case []byte:
		dst = append(dst, `{"bytes":"`...)
		return append(base64.StdEncoding.AppendEncode(dst, v), `"}`...), nil
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return quote(dst, r.String()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, r.Int(), 10), nil
	case reflect.Bool:
		return truth(dst, r.Bool()), nil
	}
	return nil, fmt.Errorf("a value of type %T can't be sealed", v)
}

// truth is written as the number that SQLite makes of it.
func truth(dst []byte, b bool) []byte {
	if b {
		return append(dst, '1')
	}
	return append(dst, '0')
}
