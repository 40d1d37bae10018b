package logmap

import (
	"regexp"
	"slices"
	"strings"

	"plumbline/internal/errs"
)

// publicField is a kind of field that no import takes: it would follow people
// from case to case, or record what they are and think.
type publicField struct {
	what   errs.Text
	words  []string // as a word of its own within a name in Latin letters
	signs  []string // anywhere in a name
	values *regexp.Regexp
}

var publicFields = []publicField{
	{errs.T("telephones", "电话"), strings.Fields("phone phones telephone tel mobile cellphone msisdn imei imsi"), strings.Fields("电话 手机 联系方式"), regexp.MustCompile(`^(\+?86[- ]?)?1[3-9]\d{9}$`)},
	{errs.T("vehicle plates", "车牌"), strings.Fields("plate plates licenceplate licenseplate numberplate"), strings.Fields("车牌 号牌 车号"), regexp.MustCompile(`^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}$`)},
	{errs.T("faces and other marks of the body", "人脸及其他生物特征"), strings.Fields("face faces facial photo portrait fingerprint biometric biometrics iris voiceprint dna"), strings.Fields("人脸 面部 照片 头像 指纹 虹膜 声纹 生物特征"), nil},
	{errs.T("where people are or live", "人员位置和住址"), strings.Fields("gps latitude longitude lat lon lng geo geolocation location locations coordinates address addresses residence"), strings.Fields("定位 经度 纬度 经纬度 坐标 位置 轨迹 住址 地址 居住地"), regexp.MustCompile(`^-?\d{1,3}\.\d{4,}[,; ]+-?\d{1,3}\.\d{4,}$`)},
	{errs.T("what people say or write", "言论和通信内容"), strings.Fields("speech utterance transcript message messages sms chat"), strings.Fields("言论 聊天 短信 微信 通话内容 发帖"), nil},
	{errs.T("belief", "信仰"), strings.Fields("religion religious belief faith denomination"), strings.Fields("宗教 信仰"), nil},
	{errs.T("ethnicity", "民族"), strings.Fields("ethnicity ethnic race"), strings.Fields("民族 种族 族别"), nil},
	{errs.T("political view", "政治立场"), strings.Fields("political politics ideology"), strings.Fields("政治 党派 党籍"), nil},
	{errs.T("papers that name a citizen in every case", "身份证件号码"), strings.Fields("passport ssn idcard nationalid citizenid"), strings.Fields("身份证 证件号 护照 公民身份"), regexp.MustCompile(`^\d{17}[\dXx]$`)},
}

// Refused says whether a field of this name, or with values like these, is one
// that no import takes, and of what kind.
func Refused(name string, values []string) (what errs.Text, yes bool) {
	lower := strings.ToLower(name)
	list := words(name)
	joined := strings.Join(list, "")
	for _, f := range publicFields {
		for _, w := range f.words {
			if slices.Contains(list, w) || joined == w {
				return f.what, true
			}
		}
		for _, s := range f.signs {
			if strings.Contains(lower, s) {
				return f.what, true
			}
		}
	}
	for _, f := range publicFields {
		if f.values == nil || len(values) == 0 {
			continue
		}
		like := 0
		for _, v := range values {
			if f.values.MatchString(strings.TrimSpace(v)) {
				like++
			}
		}
		if like*2 > len(values) {
			return f.what, true
		}
	}
	return errs.Text{}, false
}

// WhyRefused is the sentence with which a field of this kind is refused.
func WhyRefused(name string, what errs.Text) errs.Text {
	return errs.Text{
		En: "the field " + quoted(name) + " is about " + what.En + "; the system watches officials and procedure, never the public, and takes no such field",
		Zh: "字段 " + quoted(name) + " 涉及" + what.Zh + "；本系统监督执法人员和程序，不监视公众，不接收此类字段",
	}
}

func quoted(s string) string { return `"` + s + `"` }
