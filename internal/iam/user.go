package iam

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

// UserType tells humans from service users.
type UserType string

// The types.
const (
	Human   UserType = "human"
	Machine UserType = "machine"
)

// AccessTokenType is the form of a service user's access tokens.
type AccessTokenType string

// The forms; Zitadel calls the opaque one BEARER, which is the default.
const (
	OpaqueToken AccessTokenType = "opaque"
	JWTToken    AccessTokenType = "jwt"
)

// MinPassword and MaxPassword bound the passwords of humans in characters.
const (
	MinPassword = 8
	MaxPassword = 200
)

// CheckPassword says whether a password may be chosen. Kind: InvalidArgument.
func CheckPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return Errorf(InvalidArgument, "USER-pwd1x", "a password has %d to %d characters", MinPassword, MaxPassword).At(FieldPassword)
	}
	if strings.TrimSpace(password) == "" {
		return Errorf(InvalidArgument, "USER-pwd3x", "a password needs more than spaces").At(FieldPassword)
	}
	return nil
}

// User is a human or a service user. Its user name is unique in the instance,
// without regard to case, and is also its login name and client_id.
type User struct {
	ID       string
	OrgID    string
	Type     UserType
	State    State
	UserName string
	// Generation rises when the user is switched off or locked, and when its password changes.
	// Tokens and sessions name the generation that they were made in and end with it.
	Generation int64
	Meta

	// Of service users.
	Name            string
	Description     string
	AccessTokenType AccessTokenType
	HasSecret       bool

	// Of humans.
	Profile
	// PasswordHash is an argon2id PHC string, a bcrypt hash that was imported, or empty. It never leaves the store but to
	// be verified.
	PasswordHash string
	// PasswordChange says that somebody else chose the password: the human must
	// change it before anything else.
	PasswordChange bool
}

// Profile is what is known about a human.
type Profile struct {
	FirstName         string
	LastName          string
	NickName          string
	DisplayName       string
	PreferredLanguage string
	Gender            string // "", "female", "male", "diverse"
	Email             string
	EmailVerified     bool
	Phone             string
	PhoneVerified     bool
}

// Label is the name to show for a user.
func (u User) Label() string {
	if u.Type == Machine {
		return u.Name
	}
	return u.DisplayName
}

// UserNames is how a user is called: by clients, and by people (see [User.Label]).
type UserNames struct{ UserName, Label string }

// CheckUserName says whether a user may be called so. A colon is refused since
// HTTP Basic (RFC 7617 section 2) could not carry the name. Kind: InvalidArgument.
func CheckUserName(name string) error {
	if err := checkName(FieldUserName, "the user name", name); err != nil {
		return err
	}
	if strings.Contains(name, ":") {
		return Errorf(InvalidArgument, "USER-col1x", "the user name must not hold a colon, which HTTP Basic authentication cannot carry").
			At(FieldUserName)
	}
	return nil
}

// CheckMachine says whether a service user may look so. Kind: InvalidArgument.
func CheckMachine(u User) error {
	if err := CheckUserName(u.UserName); err != nil {
		return err
	}
	if err := checkName(FieldName, "the name", u.Name); err != nil {
		return err
	}
	if err := checkText(FieldDescription, "the description", u.Description, true, MaxDescription); err != nil {
		return err
	}
	if u.AccessTokenType != OpaqueToken && u.AccessTokenType != JWTToken {
		return Errorf(InvalidArgument, "USER-att1x", "the access token type must be JWT or BEARER").At(FieldAccessTokenType)
	}
	return nil
}

// CheckHuman says whether a human may look so. Kind: InvalidArgument.
func CheckHuman(u User) error {
	if err := CheckUserName(u.UserName); err != nil {
		return err
	}
	for _, f := range []struct {
		field      Field
		what, text string
		optional   bool
	}{
		{FieldFirstName, "the first name", u.FirstName, false},
		{FieldLastName, "the last name", u.LastName, false},
		{FieldNickName, "the nick name", u.NickName, true},
		{FieldDisplayName, "the display name", u.DisplayName, true},
	} {
		if err := checkText(f.field, f.what, f.text, f.optional, MaxName); err != nil {
			return err
		}
	}
	if err := checkText(FieldPreferredLanguage, "the preferred language", u.PreferredLanguage, true, maxLanguage); err != nil {
		return err
	}
	if err := checkPhone(u.Phone); err != nil {
		return err
	}
	return checkEmail(u.Email)
}

const (
	maxLanguage = 10 // characters, of a tag such as de-CH
	maxPhone    = 50 // characters
)

// checkPhone asks for the international form, in which a number means the same
// everywhere. Spaces and the like between its digits are kept as they are.
func checkPhone(phone string) error {
	if phone == "" {
		return nil
	}
	digits := 0
	for i, c := range []byte(phone) {
		switch {
		case c == '+' && i == 0:
		case '0' <= c && c <= '9':
			digits++
		case strings.IndexByte(" -.()/", c) < 0:
			digits = maxPhone // no digit of any number
		}
	}
	if phone[0] != '+' || len(phone) > maxPhone || digits < 3 || digits > 15 {
		return Errorf(InvalidArgument, "USER-phon1", "the phone number must be international: a plus sign and 3 to 15 digits").At(FieldPhone)
	}
	return nil
}

func checkEmail(email string) error {
	if email == "" {
		return nil
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > MaxName {
		return Errorf(InvalidArgument, "USER-mail1", "the e-mail address is not valid").At(FieldEmail)
	}
	return nil
}
