package app

import "plumbline/internal/errs"

// What the simulated agency's people write.
var (
	demoCauses = []errs.Text{
		errs.T("The handover between two shifts left it to nobody.", "交接班时未明确责任人，造成遗漏。"),
		errs.T("The case was taken over from a colleague on leave, and its clock wasn't looked at.", "案件由休假同事移交，接手后未核对期限。"),
		errs.T("The paper form was signed in time; the entry was forgotten.", "纸质文书已按时签批，未及时录入系统。"),
		errs.T("The approver was away and no deputy was named.", "审批人外出，未指定代为审批人员。"),
		errs.T("The limit was counted in calendar days in place of hours.", "将以小时计算的期限误按自然日计算。"),
		errs.T("Several cases came in on one night; the second step was done before the first.", "当夜集中受理多起案件，先后步骤颠倒。"),
	}
	demoMeasures = []errs.Text{
		errs.T("Made good on the day of the notice; the whole squad was shown the case.", "收到通知当日补办，并在全队通报学习。"),
		errs.T("The step was done; from now on the duty officer looks at running limits at each change of shift.", "已补办相关手续；今后每次交接班由值班民警核对在办期限。"),
		errs.T("The supplement is in the file, with the reason for the delay.", "已补充材料入卷，并附逾期情况说明。"),
		errs.T("A deputy approver is named for every day; the list hangs in the duty room.", "已排定每日代审批人员名单，并在值班室公示。"),
		errs.T("Talked with whoever handled it, and looked through the squad's open cases of the last month.", "对承办民警提醒谈话，并复查本队近一个月在办案件。"),
	}
	demoNoFiles = []errs.Text{
		errs.T("The originals are in the case file.", "原件在案卷中备查。"),
		errs.T("The entry in the system shows it.", "系统录入记录可以证明。"),
	}
	demoChecks = []errs.Text{
		errs.T("Looked at the case file and the entries: as answered.", "已查阅案卷及系统记录，与答复一致。"),
		errs.T("Drew two similar cases of the unit; both in order.", "抽查该单位同类案件两起，均符合规定。"),
		errs.T("Asked whoever handled it, compared with the video's time: as answered.", "询问承办民警并核对录像时间，与答复一致。"),
	}
	demoReturns = []errs.Text{
		errs.T("The measure says nothing about how it is kept from coming again.", "整改措施未说明如何防止再次发生。"),
		errs.T("The document that was supplemented has no date and no signature.", "补充的文书没有日期和签名。"),
	}
	demoReplies = []errs.Text{
		errs.T("I was ordered to another scene at that hour; the order is in the duty log.", "当时我被临时调往其他现场，值班日志中有指令记录。"),
		errs.T("The step was done in time; the terminal was down until the next morning.", "已按时办理，因终端故障次日才得以录入。"),
	}
	demoReminders = []errs.Text{
		errs.T("The deadline is near: say by tomorrow how it stands.", "期限临近，请于明日前反馈办理情况。"),
	}
	demoExtensions = []errs.Text{
		errs.T("Evidence is awaited from another province.", "需外省协查取证，等待回复。"),
	}
	demoReopenings = []errs.Text{
		errs.T("The look-back found the same again in this unit.", "回头看发现该单位再次出现同类问题。"),
	}
	demoUnfixed = []errs.Text{
		errs.T("What passed can't be done again; the person was released.", "时限已过且人员已释放，无法补办。"),
	}
)
