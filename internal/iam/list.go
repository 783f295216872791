package iam

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DefaultLimit and MaxLimit bound how many objects one list request returns.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Page says which part of a list is wanted and how it is sorted.
type Page struct {
	Offset uint64
	Limit  uint64 // 0 means DefaultLimit
	Asc    bool
	SortBy Field // zero means by creation
}

// Check fills in the default limit. Kind: InvalidArgument above [MaxLimit].
func (p Page) Check() (Page, error) {
	if p.Limit > MaxLimit {
		return p, Errorf(InvalidArgument, "LIST-max1x", "limit must be at most %d", MaxLimit)
	}
	if p.Limit == 0 {
		p.Limit = DefaultLimit
	}
	const farthest = 1 << 53
	if p.Offset > farthest {
		return p, Errorf(InvalidArgument, "LIST-off1x", "offset is too large")
	}
	return p, nil
}

// Field names something that lists can be filtered or sorted by, or an input
// that an [Error] is about. Each list knows its own fields and refuses the others.
type Field string

// The fields of all lists together.
const (
	FieldCreated         Field = "created"
	FieldChanged         Field = "changed"
	FieldExpires         Field = "expires"
	FieldID              Field = "id"
	FieldName            Field = "name"
	FieldDomain          Field = "domain"
	FieldState           Field = "state"
	FieldOrgID           Field = "org_id"
	FieldGrantedOrgName  Field = "granted_org_name"
	FieldGrantedOrgID    Field = "granted_org_id"
	FieldOrgName         Field = "org_name"
	FieldOrgDomain       Field = "org_domain"
	FieldUserID          Field = "user_id"
	FieldUserName        Field = "user_name"
	FieldUserOrgID       Field = "user_org_id"
	FieldUserType        Field = "user_type"
	FieldFirstName       Field = "first_name"
	FieldLastName        Field = "last_name"
	FieldNickName        Field = "nick_name"
	FieldDisplayName     Field = "display_name"
	FieldEmail           Field = "email"
	FieldPhone           Field = "phone"
	FieldKey             Field = "key"
	FieldGroup           Field = "group"
	FieldRoleKey         Field = "role_key"
	FieldProjectID       Field = "project_id"
	FieldProjectName     Field = "project_name"
	FieldProjectOrgID    Field = "project_org_id"
	FieldGrantID         Field = "grant_id"
	FieldLevel           Field = "level"
	FieldResourceID      Field = "resource_id"
	FieldResourceOrgID   Field = "resource_org_id"
	FieldClientID        Field = "client_id"
	FieldApplicationID   Field = "application_id"
	FieldApplicationType Field = "application_type"
	FieldValue           Field = "value"
	FieldMetadata        Field = "metadata" // see [WithMetadata]
	FieldSequence        Field = "sequence"
	FieldAggregate       Field = "aggregate"
	FieldEditorID        Field = "editor_id"
)

// Inputs that can be wrong, beside those of the fields above by which lists are sorted too.
const (
	FieldDescription       Field = "description"
	FieldAccessTokenType   Field = "access_token_type"
	FieldCurrentPassword   Field = "current_password"
	FieldPassword          Field = "password"
	FieldPreferredLanguage Field = "preferred_language"
	FieldRoles             Field = "roles"

	FieldAuthMethod           Field = "auth_method_type"
	FieldRedirectURIs         Field = "redirect_uris"
	FieldPostLogoutURIs       Field = "post_logout_redirect_uris"
	FieldResponseTypes        Field = "response_types"
	FieldGrantTypes           Field = "grant_types"
	FieldClockSkew            Field = "clock_skew"
	FieldAdditionalOrigins    Field = "additional_origins"
	FieldBackChannelLogoutURI Field = "back_channel_logout_uri"
	FieldLoginVersion         Field = "login_version"
)

// Match says how a text is compared. The numbers are those of Zitadel's text query methods.
type Match int

// The ways to compare.
const (
	Equals Match = iota
	EqualsFold
	StartsWith
	StartsWithFold
	Contains
	ContainsFold
	EndsWith
	EndsWithFold
	OneOf   // the field is one of Values
	Before  // a time, in microseconds since 1970, before Time
	AtMost  // at or before Time
	After   // after Time
	AtLeast // at or after Time
	IsTime  // exactly Time
)

// IsEqual reports whether a text must equal one that is given.
func (m Match) IsEqual() bool { return m == Equals || m == EqualsFold || m == OneOf }

// Filter is one condition on a list, or a combination: exactly one of Field,
// All, Any and Not is set. The zero Filter matches everything; an empty
// non-nil All matches everything, an empty non-nil Any nothing.
type Filter struct {
	Field  Field
	Match  Match
	Text   string
	Values []string
	Time   int64
	All    []Filter
	Any    []Filter
	Not    *Filter
}

// Is is the filter for equal text.
func (f Field) Is(text string) Filter { return Filter{Field: f, Text: text} }

// In is the filter for one of several values; none match an empty list.
func (f Field) In(values []string) Filter { return Filter{Field: f, Match: OneOf, Values: values} }

// WithMetadata is the filter for what has an entry of metadata with such a key
// and, unless value is nil, with that value, or any but that value. The key is
// compared as text by match.
func WithMetadata(match Match, key string, value []byte, differs bool) Filter {
	f := Filter{Field: FieldMetadata, Match: match, Text: key}
	if value != nil {
		f.Values = []string{strconv.FormatBool(differs), hex.EncodeToString(value)} // bytes need not be text
	}
	return f
}

// MetadataValue is the value of a [WithMetadata], nil for any. Kind:
// InvalidArgument for a filter that is none.
func (f Filter) MetadataValue() (value []byte, differs bool, err error) {
	if f.Field == FieldMetadata && len(f.Values) == 0 {
		return nil, false, nil
	}
	if f.Field == FieldMetadata && len(f.Values) == 2 {
		if value, err = hex.DecodeString(f.Values[1]); err == nil {
			return value, f.Values[0] == "true", nil
		}
	}
	return nil, false, Errorf(InvalidArgument, "LIST-meta1", "this is no filter of metadata")
}

// IsZero reports whether the filter is the zero Filter, which matches everything.
func (f Filter) IsZero() bool {
	return f.Field == "" && f.All == nil && f.Any == nil && f.Not == nil
}

// Scans reports whether a condition looks into texts, for which there are no indexes.
func (f Filter) Scans() bool {
	switch f.Match {
	case Contains, ContainsFold, EndsWith, EndsWithFold:
		return true
	}
	return slices.ContainsFunc(f.All, Filter.Scans) || slices.ContainsFunc(f.Any, Filter.Scans) || f.Not != nil && f.Not.Scans()
}

// MaxFilterNodes and MaxFilterDepth bound what a stranger may ask of the database.
const (
	MaxFilterNodes = 200
	MaxFilterDepth = 20
)

// Check bounds a filter that came from outside. Kind: InvalidArgument.
func (f Filter) Check() error {
	nodes := 0
	return f.check(&nodes, 0)
}

func (f Filter) check(nodes *int, depth int) error {
	*nodes += 1 + len(f.Values)/10
	if *nodes > MaxFilterNodes || depth > MaxFilterDepth || len(f.Values) > MaxLimit || len(f.Text) > 4*MaxName {
		return Errorf(InvalidArgument, "LIST-big1x", "the query is too large")
	}
	if unstorable(f.Text) || slices.ContainsFunc(f.Values, unstorable) {
		return Errorf(InvalidArgument, "LIST-utf8x", "the query must be valid UTF-8 without NUL")
	}
	for _, sub := range f.All {
		if err := sub.check(nodes, depth+1); err != nil {
			return err
		}
	}
	for _, sub := range f.Any {
		if err := sub.check(nodes, depth+1); err != nil {
			return err
		}
	}
	if f.Not != nil {
		return f.Not.check(nodes, depth+1)
	}
	return nil
}

// unstorable reports text that PostgreSQL refuses even to compare with.
func unstorable(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }
