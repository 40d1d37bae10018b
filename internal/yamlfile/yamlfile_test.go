package yamlfile

import (
	"strings"
	"testing"

	"plumbline/internal/errs"
)

func TestFaultsSayWhere(t *testing.T) {
	what := errs.T("a pole", "杆")
	for _, c := range []struct{ text, want, zh string }{
		{"name: a\nlenght: 3\n", `f.yaml:2:1: a pole has no key "lenght"; did you mean "length"?`, `杆没有键 "lenght"`},
		{"name: a\nname: b\n", `f.yaml:2:1: "name" stands twice`, "出现两次"},
		{"length: long\n", "f.yaml:1:1: name is missing; add name:", "缺少 name"},
		{"- a\n", "f.yaml:1:1: expected a pole: keys and values; the keys are: name, length, kinds", "应为杆"},
		{"name: [a]\n", "f.yaml:1:7: expected a text", "应为文字"},
		{"name: a\nkinds: {x: 1}\n", "f.yaml:2:8: expected a list of texts", "文字的列表"},
		{"name: a\nlength: longer\n", "f.yaml:2:9: expected one of short, long", "short, long 之一"},
		{"a: 1\n b\nc", "f.yaml:3: this is not YAML", "不是有效的 YAML"},
		{"", "f.yaml: the file is empty", "文件为空"},
		{"name: \xff\n", "f.yaml: the text is not UTF-8", "不是 UTF-8"},
		{"name: a\n---\nname: b\n", "more than one document", "多个文档"},
		{"name: &x a\nlength: *x\n", "f.yaml:2:9: aliases", "别名"},
	} {
		f, root := Parse("f.yaml", []byte(c.text))
		if root != nil {
			fields := f.Fields(root, what, "name", "length", "kinds")
			f.Needed(root, fields, "name")
			f.Word(fields["name"])
			f.OneOf(fields["length"], "short", "long")
			f.Words(fields["kinds"])
		}
		err := f.Err()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(errs.In(err, errs.Zh), c.zh) {
			t.Errorf("%q: %v\n%v\nwant %s, %s", c.text, err, errs.In(err, errs.Zh), c.want, c.zh)
		}
	}
}

func TestTextsStandForBothLanguages(t *testing.T) {
	f, root := Parse("f.yaml", []byte("a: {en: A, zh: 甲}\nb: {zh: 乙}\nc: C\nd:\n"))
	keys, values := f.Entries(root, errs.T("names", "名称"))
	got := []errs.Text{}
	for _, k := range keys {
		got = append(got, f.Text(values[k.Value]))
	}
	want := []errs.Text{{En: "A", Zh: "甲"}, {En: "乙", Zh: "乙"}, {En: "C", Zh: "C"}}
	if f.Err() != nil || len(got) != len(want) {
		t.Fatal(got, f.Err())
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}
