package cli

import (
	"errors"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"plumbline/internal/errs"
)

// saidByParser are the sentences in which the parser of the command line
// complains, and the same in Chinese. What isn't here is shown as it is, after
// a Chinese beginning; the tests run through those that a user can cause.
var saidByParser = []struct {
	en *regexp.Regexp
	zh string
}{
	{regexp.MustCompile(`^unknown flag (\S+), did you mean one of (.+)\?$`), "没有参数 $1；是否想写 $2 之一？"},
	{regexp.MustCompile(`^unknown flag (\S+), did you mean (.+)\?$`), "没有参数 $1；是否想写 $2？"},
	{regexp.MustCompile(`^unknown flag (\S+)$`), "没有参数 $1"},
	{regexp.MustCompile(`^unexpected argument (\S+), did you mean one of (.+)\?$`), "没有命令 $1；是否想写 $2 之一？"},
	{regexp.MustCompile(`^unexpected argument (\S+), did you mean (.+)\?$`), "没有命令 $1；是否想写 $2？"},
	{regexp.MustCompile(`^unexpected argument (\S+)$`), "多余的内容 $1"},
	{regexp.MustCompile(`^missing flags: (.+)$`), "缺少参数 $1"},
	{regexp.MustCompile(`^expected one of (.+)$`), "缺少命令，应为 $1 之一"},
	{regexp.MustCompile(`^expected (.+)$`), "缺少 $1"},
	{regexp.MustCompile(`^(\S+) must be one of (.+) but got (".*")$`), "$1 应为 $2 之一，而写的是 $3"},
	{regexp.MustCompile(`^(\S+): expected a valid \d+ bit u?int but got (".*")$`), "$1 应为整数，而写的是 $2"},
	{regexp.MustCompile(`^(\S+): expected \S+ value but got (".*") \(.* flag\); perhaps try (\S+)\?$`), "$1 缺少值，其后是 $2；若它就是值，请写 $3"},
	{regexp.MustCompile(`^(\S+): expected \S+ value but got (.+)$`), "$1 缺少值，而写的是 $2"},
	{regexp.MustCompile(`^(\S+): missing value, .*$`), "$1 缺少值"},
	{regexp.MustCompile(`^(\S+): bool value must be .* but got (".*")$`), "$1 应为 true 或 false，而写的是 $2"},
	{regexp.MustCompile(`^(--\S+) and (--\S+) can't be used together$`), "$1 与 $2 不能同时使用"},
}

// usage is a complaint of the parser as an error of ours.
func usage(err error) error {
	en := strings.ReplaceAll(err.Error(), `one of "",`, "one of ") // left out is no choice to write
	zh := "用法有误：" + en
	for _, s := range saidByParser {
		if s.en.MatchString(en) {
			zh = s.en.ReplaceAllString(en, s.zh)
			break
		}
	}
	command := "plumbline"
	if p := (*kong.ParseError)(nil); errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		command = p.Context.Selected().FullPath()
	}
	return &errs.Error{Code: errs.Usage, What: errs.T(en, zh), Err: err,
		Next: errs.Tf("%s --help shows what there is", "%s --help 显示全部用法", command)}
}
