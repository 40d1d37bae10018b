package service

import (
	"errors"

	"plumbline/internal/errs"
)

// Trouble is why the record can't be used, as whoever asks is told: what it is, and
// no name of this machine's. Nothing of what was asked was done.
type Trouble struct {
	Code       string // for programs
	Wait       int    // seconds until another try makes sense
	What, Next errs.Text

	err error
}

var (
	sendAgain  = errs.T("try the same again in a moment (Retry-After says when)", "请稍后重试（Retry-After 为建议等待秒数）")
	tellKeeper = errs.T("tell whoever looks after the machine (its log says more), and try the same again later", "请告知系统管理员（日志中有详情），之后再重试")
)

// troubles, those first that say most.
var troubles = []Trouble{
	{"damaged", 300, errs.T("the record is damaged; nothing is written over it until it is restored from a backup", "记录已损坏；在从备份恢复之前不再写入"), tellKeeper, ErrDamaged},
	{"no_room", 30, errs.T("the disk of the service is full", "服务所在磁盘已满"), tellKeeper, ErrNoRoom},
	{"read_only", 30, errs.T("the service may not write to its record", "服务无法写入其记录"), tellKeeper, ErrReadOnly},
	{"away", 5, errs.T("the service can't reach its database", "服务无法连接其数据库"), sendAgain, ErrAway},
	{"unwritten", 30, errs.T("the record can't be written", "记录无法写入"), tellKeeper, ErrUnwritten},
}

// TroubleOf is the trouble that an error is of; nil where it is of none.
func TroubleOf(err error) *Trouble {
	for i := range troubles {
		if errors.Is(err, troubles[i].err) {
			return &troubles[i]
		}
	}
	return nil
}
