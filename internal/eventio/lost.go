package eventio

import (
	"fmt"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Lost counts what a writer's format could not hold, by what it was; nothing
// is dropped in silence.
type Lost map[string]int

// Add counts n of what.
func (l Lost) Add(what errs.Text, n int) {
	if n > 0 {
		l[what.En+"\x00"+what.Zh] += n
	}
}

// AddFile counts what a file has no place for in rows of a log because it is a
// file: of one source, received by nobody yet, and with corrections done.
func (l Lost) AddFile(log *event.Log, rows []uint32) {
	sources, received := 0, 0
	for _, r := range rows {
		if log.SourceOf(r) != log.Origin {
			sources++
		}
		if log.Received != nil && log.Received[r] != event.NoTime {
			received++
		}
	}
	l.Add(errs.T("sources of events (such a file is of one source)", "事件来源（这种文件只有一个来源）"), sources)
	l.Add(errs.T("times at which the service received events (a file must not set them)", "服务接收时间（文件不得设定）"), received)
	l.Add(errs.T("corrections whose event isn't in the log", "所更正的事件不在日志中的更正"), len(log.Waiting))
}

// Lines says what was lost, in a language, in no particular order.
func (l Lost) Lines(lang errs.Lang) []string {
	var out []string
	for k, n := range l {
		for i := range len(k) {
			if k[i] == 0 {
				out = append(out, fmt.Sprintf("%d × %s", n, errs.T(k[:i], k[i+1:]).In(lang)))
				break
			}
		}
	}
	return out
}
