package iam

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// EventType names what happened, as noun.verb. The names are Zitadel's where it has one.
type EventType string

// Aggregate is the noun that an event is about.
type Aggregate string

// The aggregates.
const (
	AggregateInstance Aggregate = "instance"
	AggregateOrg      Aggregate = "org"
	AggregateProject  Aggregate = "project"
	AggregateUser     Aggregate = "user"
	AggregateUserAuth Aggregate = "usergrant"
)

// The event types.
const (
	InstanceAdded         EventType = "instance.added"
	InstanceDefaultOrgSet EventType = "instance.default.org.set"
	InstanceMemberAdded   EventType = "instance.member.added"
	InstanceMemberChanged EventType = "instance.member.changed"
	InstanceMemberRemoved EventType = "instance.member.removed"

	InstanceChanged        EventType = "instance.changed"
	OIDCSettingsChanged    EventType = "instance.oidc.settings.changed"
	SecretGeneratorChanged EventType = "instance.secret.generator.changed"
	SecuritySettingsSet    EventType = "instance.policy.security.set"
	TrustedDomainAdded     EventType = "instance.trusted_domain.added"
	TrustedDomainRemoved   EventType = "instance.trusted_domain.removed"
	FeaturesSet            EventType = "feature.instance.set"
	FeaturesReset          EventType = "feature.instance.reset"
	SigningKeyAdded        EventType = "web_key.added"
	SigningKeyActivated    EventType = "web_key.activated"
	SigningKeyDeactivated  EventType = "web_key.deactivated"
	SigningKeyRemoved      EventType = "web_key.removed"

	OrgAdded            EventType = "org.added"
	OrgChanged          EventType = "org.changed"
	OrgDeactivated      EventType = "org.deactivated"
	OrgReactivated      EventType = "org.reactivated"
	OrgRemoved          EventType = "org.removed"
	OrgDomainAdded      EventType = "org.domain.added"
	OrgDomainVerified   EventType = "org.domain.verified"
	OrgDomainChallenged EventType = "org.domain.verification.added"
	OrgDomainPrimary    EventType = "org.domain.primary.set"
	OrgDomainRemoved    EventType = "org.domain.removed"
	OrgMetadataSet      EventType = "org.metadata.set"
	OrgMetadataGone     EventType = "org.metadata.removed"
	OrgMemberAdded      EventType = "org.member.added"
	OrgMemberChanged    EventType = "org.member.changed"
	OrgMemberRemoved    EventType = "org.member.removed"

	ProjectAdded         EventType = "project.added"
	ProjectChanged       EventType = "project.changed"
	ProjectDeactivated   EventType = "project.deactivated"
	ProjectReactivated   EventType = "project.reactivated"
	ProjectRemoved       EventType = "project.removed"
	ProjectMemberAdded   EventType = "project.member.added"
	ProjectMemberChanged EventType = "project.member.changed"
	ProjectMemberRemoved EventType = "project.member.removed"
	RoleAdded            EventType = "project.role.added"
	RoleChanged          EventType = "project.role.changed"
	RoleRemoved          EventType = "project.role.removed"

	ProjectGrantAdded         EventType = "project.grant.added"
	ProjectGrantChanged       EventType = "project.grant.changed"
	ProjectGrantDeactivated   EventType = "project.grant.deactivated"
	ProjectGrantReactivated   EventType = "project.grant.reactivated"
	ProjectGrantRemoved       EventType = "project.grant.removed"
	ProjectGrantMemberAdded   EventType = "project.grant.member.added"
	ProjectGrantMemberChanged EventType = "project.grant.member.changed"
	ProjectGrantMemberRemoved EventType = "project.grant.member.removed"

	ApplicationAdded       EventType = "project.application.added"
	ApplicationChanged     EventType = "project.application.changed"
	ApplicationDeactivated EventType = "project.application.deactivated"
	ApplicationReactivated EventType = "project.application.reactivated"
	ApplicationRemoved     EventType = "project.application.removed"
	APIConfigAdded         EventType = "project.application.config.api.added"
	APIConfigChanged       EventType = "project.application.config.api.changed"
	APISecretChanged       EventType = "project.application.config.api.secret.changed"
	OIDCConfigAdded        EventType = "project.application.config.oidc.added"
	OIDCConfigChanged      EventType = "project.application.config.oidc.changed"
	OIDCSecretChanged      EventType = "project.application.config.oidc.secret.changed"
	ApplicationKeyAdded    EventType = "project.application.oidc.key.added"
	ApplicationKeyRemoved  EventType = "project.application.oidc.key.removed"

	MachineAdded        EventType = "user.machine.added"
	MachineChanged      EventType = "user.machine.changed"
	MachineSecretSet    EventType = "user.machine.secret.set"
	MachineSecretGone   EventType = "user.machine.secret.removed"
	MachineKeyAdded     EventType = "user.machine.key.added"
	MachineKeyRemoved   EventType = "user.machine.key.removed"
	UserMetadataSet     EventType = "user.metadata.set"
	UserMetadataGone    EventType = "user.metadata.removed"
	HumanAdded          EventType = "user.human.added"
	HumanEmailChanged   EventType = "user.human.email.changed"
	HumanPhoneChanged   EventType = "user.human.phone.changed"
	HumanChanged        EventType = "user.human.profile.changed"
	HumanPasswordSet    EventType = "user.human.password.changed"
	HumanInvited        EventType = "user.human.invitation.added"
	SetupCodeAdded      EventType = "user.human.initialization.code.added"
	UserNameChanged     EventType = "user.username.changed"
	UserDeactivated     EventType = "user.deactivated"
	UserReactivated     EventType = "user.reactivated"
	UserLocked          EventType = "user.locked"
	UserUnlocked        EventType = "user.unlocked"
	UserRemoved         EventType = "user.removed"
	PATAdded            EventType = "user.pat.added"
	PATRemoved          EventType = "user.pat.removed"
	AuthorizationAdded  EventType = "user.grant.added"
	AuthorizationSet    EventType = "user.grant.changed"
	AuthorizationOff    EventType = "user.grant.deactivated"
	AuthorizationOn     EventType = "user.grant.reactivated"
	AuthorizationRemove EventType = "user.grant.removed"
)

// SigningKeyEvents is what the types of all events about signing keys begin with.
const SigningKeyEvents = "web_key."

// Event is one recorded change. Sequence is gap-free and in commit order; the
// events of one transaction share it and are told apart by Index.
type Event struct {
	Sequence    int64
	Index       int
	Type        EventType
	Aggregate   Aggregate
	AggregateID string
	// The objects that it touches, for filters and caches; empty where there is none.
	OrgID     string
	ProjectID string
	GrantID   string
	UserID    string
	// EditorID is the user who did it, or "system" for the server itself and its local commands.
	EditorID string
	Created  time.Time
	// Payload is a JSON object: {"before": {...}, "after": {...}}, each with only what
	// changed. It never holds a secret or a verifier.
	Payload json.RawMessage
}

// SystemEditor is the editor of what the server or a local command does by itself.
const SystemEditor = "system"

// eventRules say by the beginning of an event's type who may see it: whoever may
// read what it is about. Of several beginnings the longest counts.
func eventRules() map[string]Permission {
	return map[string]Permission{
		"":                      EventsRead,
		"instance.member.":      InstanceMemberRead,
		"feature.":              FeatureRead,
		"web_key.":              WebKeyRead,
		"org.":                  OrgRead,
		"org.member.":           OrgMemberRead,
		"project.":              ProjectRead,
		"project.role.":         RoleRead,
		"project.application.":  ApplicationRead,
		"project.member.":       ProjectMemberRead,
		"project.grant.":        ProjectGrantRead,
		"project.grant.member.": ProjectGrantMemberRead,
		"user.":                 UserRead,
		"user.grant.":           AuthorizationRead,
	}
}

// VisibleEvents is the filter for those events about t that the caller may see.
// It limits their types, not where they happened.
func (c Caller) VisibleEvents(t Target) Filter {
	begins := func(with string) Filter { return Filter{Field: FieldName, Match: StartsWith, Text: with} }
	rules := eventRules()
	shown, all := []Filter{}, true
	for _, begin := range slices.Sorted(maps.Keys(rules)) {
		if !c.Can(rules[begin], t) {
			all = false
			continue
		}
		hidden := []Filter{}
		for _, longer := range slices.Sorted(maps.Keys(rules)) {
			if longer != begin && strings.HasPrefix(longer, begin) {
				hidden = append(hidden, begins(longer)) // has a rule of its own
			}
		}
		shown = append(shown, Filter{All: []Filter{begins(begin), {Not: &Filter{Any: hidden}}}})
	}
	if all {
		return Filter{}
	}
	return Filter{Any: shown}
}

// ResourceOwner is whose record an event belongs to: an organization, or the
// instance, whose id is given.
func (e Event) ResourceOwner(instanceID string) string {
	if e.OrgID == "" || e.Aggregate == AggregateInstance {
		return instanceID
	}
	return e.OrgID
}

// EventPage says which part of the record is wanted. The events of one
// transaction share a number and stay together, so a page can be longer than its
// limit, and who asks on from the last number misses nothing.
type EventPage struct {
	// Sequence is where to begin: the events after it if Asc, otherwise those before
	// it; 0 is the beginning or the end.
	Sequence uint64
	Limit    uint64 // 0 means MaxLimit
	Asc      bool
}

// Check fills in the default limit. Kind: InvalidArgument above [MaxLimit].
func (p EventPage) Check() (EventPage, error) {
	if p.Limit > MaxLimit {
		return p, Errorf(InvalidArgument, "LIST-max1x", "limit must be at most %d", MaxLimit)
	}
	if p.Limit == 0 {
		p.Limit = MaxLimit
	}
	p.Sequence = min(p.Sequence, math.MaxInt64)
	return p, nil
}

// Fields is one side of an event's payload.
type Fields map[string]any

// Change builds an event's payload. Either side may be nil.
func Change(before, after Fields) json.RawMessage {
	b, err := json.Marshal(struct {
		Before Fields `json:"before,omitempty"`
		After  Fields `json:"after,omitempty"`
	}{before, after})
	if err != nil {
		// Fields hold strings, numbers, booleans and lists of them only.
		panic("iam: event payload: " + err.Error())
	}
	return b
}

// Diff keeps of two sides only what differs, for [Change]. Changed is false when nothing does.
func Diff(before, after Fields) (b, a Fields, changed bool) {
	b, a = Fields{}, Fields{}
	for k, v := range after {
		old, _ := json.Marshal(before[k])
		now, _ := json.Marshal(v)
		if string(old) != string(now) {
			b[k], a[k], changed = before[k], v, true
		}
	}
	return b, a, changed
}
