package monitor

import (
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// stepText is one step of a deadline's computation in words.
func stepText(s clock.Step, z *clock.Zone) errs.Text {
	reach := s.Day.String()
	if s.Day == 0 && s.Due != 0 {
		reach = shortTime(z, s.Due)
	}
	again := errs.Text{}
	if s.Again {
		again = errs.T(" (applied again)", "（重新计入）")
	}
	switch s.Kind {
	case clock.StepStart:
		return errs.Tf("starts at %s", "起算：%s", shortTime(z, s.From))
	case clock.StepWholeHours:
		return errs.Tf("the starting hour isn't counted: from %s", "开始的时不计算在内：自 %s 起", shortTime(z, s.To))
	case clock.StepExcluded:
		return errs.Tf("the starting day, %s, isn't counted", "开始的日 %s 不计算在内", s.Day)
	case clock.StepIncluded:
		return errs.Tf("the starting day, %s, is counted", "开始的日 %s 计算在内", s.Day)
	case clock.StepLimit:
		return joinTight(pair(errs.Tf("limit \x00: reaches %s", "期限\x00：至 %s", reach), durationText(s.D)), daysOffText(s))
	case clock.StepClamped:
		return errs.Tf("the month has no such day: its last, %s", "该月无对应之日：以末日 %s 为准", s.Day)
	case clock.StepLastToLast:
		return errs.Tf("from a month's last day to a month's last day: %s", "月末日至月末日：%s", s.Day)
	case clock.StepPause:
		return joinTight(pair(errs.Tf("pause from %s to %s adds \x00: reaches %s", "暂停计算 %s 至 %s，顺加\x00：至 %s",
			shortTime(z, s.From), shortTime(z, s.To), reach), pauseLength(s)), bounded(s), again)
	case clock.StepExtendTo:
		return joinTight(pair(errs.Tf("extended to \x00: reaches %s", "延长至\x00：至 %s", reach), durationText(s.D)), daysOffText(s))
	case clock.StepExtendAdd:
		return joinTight(pair(errs.Tf("extended by \x00: reaches %s", "延长\x00：至 %s", reach), durationText(s.D)), again)
	case clock.StepNoEffect:
		return pair(errs.T("an extension to %s would have shortened the limit and changes nothing", "延长至%s反而缩短期限，不予计入"), durationText(s.D))
	case clock.StepRoll:
		return joinTight(errs.Tf("the last day isn't a working day: moves to %s", "末日为非工作日：顺延至 %s", s.Day), daysOffText(s))
	case clock.StepProvisional:
		return errs.Tf("provisional: calendar %s knows %s to %s only", "暂定：日历 %s 仅覆盖 %s 至 %s", s.Calendar.Name(), s.First, s.Last)
	}
	if s.Day != 0 || s.Due == 0 {
		return errs.Tf("due by 24:00 on %s", "到期：%s 24:00", s.Day)
	}
	return errs.Tf("due at %s", "到期：%s", shortTime(z, s.Due))
}

func joinTight(list ...errs.Text) errs.Text {
	var t errs.Text
	for _, p := range list {
		t.En += p.En
		t.Zh += p.Zh
	}
	return t
}

func bounded(s clock.Step) errs.Text {
	if !s.Bounded {
		return errs.Text{}
	}
	return pair(errs.T(" (at most %s)", "（最长%s）"), durationText(s.D))
}

func pauseLength(s clock.Step) errs.Text {
	if s.Unit == clock.UnitSecond {
		return latenessText(clock.Lateness{Micros: s.Count})
	}
	return durationText(clock.Duration{N: s.Count, Unit: s.Unit})
}

func daysOffText(s clock.Step) errs.Text {
	if len(s.DaysOff) == 0 {
		return errs.Text{}
	}
	var names []string
	for _, d := range s.DaysOff {
		names = append(names, d.String())
		if len(names) == 6 && len(s.DaysOff) > 6 {
			names = append(names, "…")
			break
		}
	}
	list := strings.Join(names, ", ")
	return errs.Tf(" (not working: %s)", "（非工作日：%s）", list)
}
