package iam

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName bounds names in characters (user names, organization and project names, role keys).
const MaxName = 200

// MaxDescription bounds descriptions in characters.
const MaxDescription = 500

// Fold returns the form of s under which names are compared and searched
// without regard to case. It is done here and not in SQL because databases
// disagree about the case of letters beyond ASCII.
func Fold(s string) string {
	ascii := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	return strings.Map(foldRune, s)
}

// foldRune returns one representative of r's case orbit, so that for example
// 'K', 'k' and the Kelvin sign are the same letter. It is the lower-case letter
// that readers expect: of the Greek my, not the micro sign that shares its orbit.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	low, capital := r, unicode.MaxRune+1
	for f := unicode.SimpleFold(r); ; f = unicode.SimpleFold(f) {
		low = min(low, f)
		if unicode.IsUpper(f) {
			capital = min(capital, f)
		}
		if f == r {
			break
		}
	}
	if capital <= unicode.MaxRune {
		return unicode.ToLower(capital)
	}
	return unicode.ToLower(low)
}

// checkText refuses text that is empty (unless optional), longer than limit
// characters, not UTF-8, or that holds control characters. what names it in the
// message, f in the error.
func checkText(f Field, what, s string, optional bool, limit int) error {
	switch {
	case s == "" && optional:
		return nil
	case strings.TrimSpace(s) == "":
		return Errorf(InvalidArgument, "TEXT-mt01x", "%s must not be empty", what).At(f)
	case !utf8.ValidString(s):
		return Errorf(InvalidArgument, "TEXT-utf8x", "%s must be valid UTF-8", what).At(f)
	case utf8.RuneCountInString(s) > limit:
		return Errorf(InvalidArgument, "TEXT-long1", "%s must have at most %d characters", what, limit).At(f)
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || turnsText(r) {
			return Errorf(InvalidArgument, "TEXT-ctrl1", "%s must not hold control characters", what).At(f)
		}
	}
	return nil
}

// turnsText reports the characters that change the direction of what follows
// them, by which a name could pass for another one (Unicode Standard Annex 9
// section 2). The marks that only order what stands beside them are fine.
func turnsText(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// checkName is checkText for names, which also begin and end with something visible.
func checkName(f Field, what, s string) error {
	if err := checkText(f, what, s, false, MaxName); err != nil {
		return err
	}
	if s != strings.TrimSpace(s) {
		return Errorf(InvalidArgument, "TEXT-trim1", "%s must not begin or end with a space", what).At(f)
	}
	return nil
}
