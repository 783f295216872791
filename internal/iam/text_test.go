package iam

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"", ""},
		{"plain ascii-0_9", "PLAIN ascii-0_9", "plain ascii-0_9"},
		{"ärger", "Ärger", "ÄRGER"},
		{"k", "K", "\u212a"},
		{"å", "Å", "\u212b"},
		{"s", "S", "\u017f"},
		{"straße", "STRA\u1e9eE", "Stra\u00dfe"},
		{"\u03bf\u03b4\u03bf\u03c3", "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"},
		{"\u03bc\u03b1\u03c1\u03b9\u03b1", "\u039c\u0391\u03a1\u0399\u0391", "\u00b5\u03b1\u03c1\u1fbe\u03b1"},
		{"日本", "日本"},
	} {
		for _, s := range same {
			if got := Fold(s); got != same[0] {
				t.Errorf("Fold(%q) = %q, want %q", s, got, same[0])
			}
		}
	}
	for _, different := range [][2]string{{"ß", "ss"}, {"ä", "a"}, {"\u0131", "i"}, {"e\u0301", "é"}, {"a ", "a"}} {
		if Fold(different[0]) == Fold(different[1]) {
			t.Errorf("%q and %q fold to the same", different[0], different[1])
		}
	}
}

// TestFoldRunes asks every character of the scripts that know case: all of its
// case orbit fold to the same, which folds to itself, and is of that orbit.
func TestFoldRunes(t *testing.T) {
	for r := range rune(0x20000) {
		folded := foldRune(r)
		if again := foldRune(folded); again != folded {
			t.Errorf("%U folds to %U and that to %U", r, folded, again)
		}
		orbit := folded == r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			orbit = orbit || f == folded
			if foldRune(f) != folded {
				t.Errorf("%U folds to %U but %U to %U", r, folded, f, foldRune(f))
			}
		}
		// The Turkish capital I with a dot has no orbit; its lower case is i.
		if !orbit && r != '\u0130' {
			t.Errorf("%U folds to %U, another letter", r, folded)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", "Ä", "\xff", "a\xc3", "\u0130", "\ufffd", "\x00", "ẞ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if Fold(folded) != folded {
			t.Errorf("Fold(%q) = %q folds on to %q", s, folded, Fold(folded))
		}
		if !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, folded)
		}
		if utf8.ValidString(s) {
			if n := utf8.RuneCountInString(s); utf8.RuneCountInString(folded) != n {
				t.Errorf("Fold(%q) = %q has another length", s, folded)
			}
			if Fold(strings.ToUpper(s)) != folded && strings.EqualFold(strings.ToUpper(s), s) {
				t.Errorf("%q and its capitals fold differently", s)
			}
		}
	})
}

// badTexts are those that no name may be.
var badTexts = map[string]string{
	"empty": "", "space": " ", "ideographic space": "\u3000", "NUL": "a\x00", "newline": "a\nb", "tab": "a\tb", "delete": "a\x7f",
	"C1 control": "a\u0085b", "not UTF-8": "a\xff", "surrogate": "a\xed\xa0\x80", "replacement": "a\ufffd",
	"too long": strings.Repeat("ä", MaxName+1),
}

func TestNames(t *testing.T) {
	longest := strings.Repeat("ä", MaxName)
	checks := map[string]func(string) error{
		"user name": CheckUserName, "org name": CheckOrgName, "project name": CheckProjectName,
		"role key": func(s string) error { return CheckRole(Role{Key: s}) },
		"machine name": func(s string) error {
			return CheckMachine(User{UserName: "u", Name: s, AccessTokenType: JWTToken})
		},
		"machine user name": func(s string) error {
			return CheckMachine(User{UserName: s, Name: "n", AccessTokenType: OpaqueToken})
		},
		"human user name": func(s string) error {
			return CheckHuman(User{UserName: s, Profile: Profile{FirstName: "f", LastName: "l"}})
		},
	}
	for name, check := range checks {
		for why, text := range badTexts {
			if err := check(text); !Is(err, InvalidArgument) {
				t.Errorf("%s, %s: %v", name, why, err)
			}
		}
		for _, text := range []string{" a", "a ", "a\u00a0", "\u2003a"} {
			if err := check(text); !Is(err, InvalidArgument) {
				t.Errorf("%s %q: %v", name, text, err)
			}
		}
		for _, text := range []string{"a", "0", "Ä", longest, "bot@x.example+1%", "日本", "chat.admin.all"} {
			if err := check(text); err != nil {
				t.Errorf("%s %q: %v", name, text, err)
			}
		}
	}
	for _, test := range []struct {
		what string
		err  error
		ok   bool
	}{
		{"user name with a colon", CheckUserName("a:b"), false},
		{"org name with a colon", CheckOrgName("a:b"), true},
		{"org name without letters", CheckOrgName("-!-"), false},
		{"role key with a space", CheckRole(Role{Key: "a b"}), false},
		{"role key with a no-break space", CheckRole(Role{Key: "a\u00a0b"}), false},
		{"role key with a slash", CheckRole(Role{Key: "a/b"}), true},
		{"role without display name", CheckRole(Role{Key: "a", DisplayName: "", Group: ""}), true},
		{"role with a bad display name", CheckRole(Role{Key: "a", DisplayName: "x\x00"}), false},
		{"role with a bad group", CheckRole(Role{Key: "a", Group: " "}), false},
		{"machine with a long description", CheckMachine(User{UserName: "a", Name: "a", AccessTokenType: JWTToken, Description: strings.Repeat("ä", MaxDescription)}), true},
		{"machine with a longer one", CheckMachine(User{UserName: "a", Name: "a", AccessTokenType: JWTToken, Description: strings.Repeat("ä", MaxDescription+1)}), false},
		{"machine without token type", CheckMachine(User{UserName: "a", Name: "a"}), false},
		{"machine with another token type", CheckMachine(User{UserName: "a", Name: "a", AccessTokenType: "JWT"}), false},
	} {
		if got := test.err == nil; got != test.ok || !test.ok && !Is(test.err, InvalidArgument) {
			t.Errorf("%s: %v", test.what, test.err)
		}
	}
}

func TestCheckHuman(t *testing.T) {
	good := User{UserName: "u", Profile: Profile{FirstName: "F", LastName: "L"}}
	if err := CheckHuman(good); err != nil {
		t.Fatal(err)
	}
	for why, text := range badTexts {
		for field, set := range map[string]func(*Profile){
			"first name": func(p *Profile) { p.FirstName = text }, "last name": func(p *Profile) { p.LastName = text },
			"nick name": func(p *Profile) { p.NickName = text }, "display name": func(p *Profile) { p.DisplayName = text },
			"language": func(p *Profile) { p.PreferredLanguage = text }, "phone": func(p *Profile) { p.Phone = text },
			"email": func(p *Profile) { p.Email = text },
		} {
			u := good
			set(&u.Profile)
			optional := text == "" && field != "first name" && field != "last name"
			if err := CheckHuman(u); optional && err != nil || !optional && !Is(err, InvalidArgument) {
				t.Errorf("%s, %s: %v", field, why, err)
			}
		}
	}
	for email, ok := range map[string]bool{
		"a@b": true, "a+b@x.example": true, "ä@ü.example": true, "a": false, "a@": false, "@b": false, "A <a@b>": false,
		" a@b": false, "a@b, c@d": false, "a@b\r\nBcc: c@d": false, strings.Repeat("a", MaxName) + "@b": false,
	} {
		u := good
		u.Email = email
		if err := CheckHuman(u); (err == nil) != ok {
			t.Errorf("e-mail address %q: %v", email, err)
		}
	}
}

func TestPrimaryDomain(t *testing.T) {
	for _, test := range []struct{ name, host, want string }{
		{"ZITADEL", "localhost", "zitadel.localhost"},
		{"Acme, Inc.", "ID.Example.Test", "acme-inc.id.example.test"},
		{"  --a--b--  ", "h", "a-b.h"},
		{"Zürich & Söhne", "h", "zürich-söhne.h"},
		{"\u212aelvin", "h", "kelvin.h"},
		{"\u039c\u0391\u03a1\u0399\u0391\u03a3", "h", "\u03bc\u03b1\u03c1\u03b9\u03b1\u03c3.h"},
		{"日本 1", "h", "日本-1.h"},
		{strings.Repeat("a", 100), "h", strings.Repeat("a", 62) + ".h"},
	} {
		if got := PrimaryDomain(test.name, test.host); got != test.want {
			t.Errorf("PrimaryDomain(%q, %q) = %q, want %q", test.name, test.host, got, test.want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, seed := range []string{"", "Acme Inc", "-", "\u0130", "\xff", "ẞ", strings.Repeat("ä-", 60), "a\u0300b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s := slug(name)
		if slug(s) != s {
			t.Errorf("slug(%q) = %q, and its slug is %q", name, s, slug(s))
		}
		if Fold(s) != s || !utf8.ValidString(s) || len(s) > 63 {
			t.Errorf("slug(%q) = %q: not folded, not UTF-8 or too long", name, s)
		}
		if strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.Contains(s, "--") || strings.ContainsAny(s, "./: ") {
			t.Errorf("slug(%q) = %q is not one label", name, s)
		}
	})
}

// TestNamesTurnNothing: a name must not be able to look like another one.
func TestNamesTurnNothing(t *testing.T) {
	for _, r := range []rune{0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069} {
		if err := CheckProjectName("a" + string(r) + "b"); !Is(err, InvalidArgument) {
			t.Errorf("%U in a name: %v", r, err)
		}
	}
	for _, name := range []string{"مرحبا", "שלום", "a\u200fb", "💥"} {
		if err := CheckProjectName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for password, ok := range map[string]bool{
		"": false, "short": false, "        ": false, "\t\t\t\t\t\t\t\t": false, "eight ch": true, " leading space": true,
		strings.Repeat("x", MaxPassword): true, strings.Repeat("x", MaxPassword+1): false, strings.Repeat("ü", MinPassword): true,
	} {
		if err := CheckPassword(password); (err == nil) != ok || !ok && (!Is(err, InvalidArgument) || FieldOf(err) != FieldPassword) {
			t.Errorf("%q: %v", password, err)
		}
	}
}
