package seal

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
)

// Row is a row of a table as it is committed to: a JSON object of its columns in
// their order. A database gives back what was put into it with other types of
// the same kind; they are alike here.
func Row(columns []string, values []any) ([]byte, error) {
	if len(columns) != len(values) {
		return nil, fmt.Errorf("%d columns and %d values", len(columns), len(values))
	}
	dst := append(make([]byte, 0, 1024), '{')
	for i, name := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, name), ':')
		var err error
		if dst, err = cell(dst, values[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
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
