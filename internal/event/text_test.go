package event

import (
	"slices"
	"testing"
)

func TestListsInText(t *testing.T) {
	for text, want := range map[string][]string{
		"": {""}, "张三": {"张三"}, "张三、李四， 王五；赵六": {"张三", "李四", "王五", "赵六"}, "a; b;": {"a", "b", ""},
		"甲，乙;丙": {"甲，乙", "丙"}, "Smith, John": {"Smith, John"}, "；": {"", ""},
	} {
		if v, ok := ParseText(Strings, text, nil); !ok || !slices.Equal(v.List, want) {
			t.Errorf("%q: %q, want %q", text, v.List, want)
		}
	}
}
