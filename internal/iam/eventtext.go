package iam

import "slices"

// EventTypes lists every event type that this version can record.
func EventTypes() []EventType {
	all := eventTexts()
	out := make([]EventType, len(all))
	for i, e := range all {
		out[i] = e.of
	}
	return out
}

// Text says in a few English words what happened; a type of another version says itself.
func (t EventType) Text() string {
	for _, e := range eventTexts() {
		if e.of == t {
			return e.text
		}
	}
	return string(t)
}

// Aggregates lists every aggregate, as people look for them.
func Aggregates() []Aggregate {
	return []Aggregate{AggregateUser, AggregateUserAuth, AggregateProject, AggregateOrg, AggregateInstance}
}

// Text is what people call the noun.
func (a Aggregate) Text() string {
	switch a {
	case AggregateUser:
		return "Users"
	case AggregateUserAuth:
		return "Authorizations"
	case AggregateProject:
		return "Projects and roles"
	case AggregateOrg:
		return "Organization"
	case AggregateInstance:
		return "Instance"
	}
	return string(a)
}

type eventText struct {
	of   EventType
	text string
}

// eventTexts has a text for every event type; a test holds it.
func eventTexts() []eventText {
	return slices.Concat(instanceEventTexts(), projectEventTexts(), userEventTexts())
}

func instanceEventTexts() []eventText {
	return []eventText{
		{InstanceAdded, "Instance set up"},
		{InstanceDefaultOrgSet, "Default organization changed"},
		{InstanceMemberAdded, "Manager of the instance added"},
		{InstanceMemberChanged, "Manager of the instance changed"},
		{InstanceMemberRemoved, "Manager of the instance removed"},

		{InstanceChanged, "Instance renamed"},
		{OIDCSettingsChanged, "Lifetimes of tokens changed"},
		{SecretGeneratorChanged, "Rule for generated secrets changed"},
		{SecuritySettingsSet, "Security settings changed"},
		{TrustedDomainAdded, "Trusted domain added"},
		{TrustedDomainRemoved, "Trusted domain removed"},
		{FeaturesSet, "Feature switches changed"},
		{FeaturesReset, "Feature switches reset"},
		{SigningKeyAdded, "Signing key added"},
		{SigningKeyActivated, "Signing key activated"},
		{SigningKeyDeactivated, "Signing key retired"},
		{SigningKeyRemoved, "Signing key removed"},

		{OrgAdded, "Organization created"},
		{OrgChanged, "Organization renamed"},
		{OrgDeactivated, "Organization deactivated"},
		{OrgReactivated, "Organization reactivated"},
		{OrgRemoved, "Organization deleted"},
		{OrgDomainAdded, "Domain added"},
		{OrgDomainVerified, "Domain verified"},
		{OrgDomainChallenged, "Token to prove a domain generated"},
		{OrgDomainPrimary, "Primary domain chosen"},
		{OrgDomainRemoved, "Domain removed"},
		{OrgMetadataSet, "Metadata of the organization set"},
		{OrgMetadataGone, "Metadata of the organization removed"},
		{OrgMemberAdded, "Manager of the organization added"},
		{OrgMemberChanged, "Manager of the organization changed"},
		{OrgMemberRemoved, "Manager of the organization removed"},
	}
}

func projectEventTexts() []eventText {
	return []eventText{
		{ProjectAdded, "Project created"},
		{ProjectChanged, "Project changed"},
		{ProjectDeactivated, "Project deactivated"},
		{ProjectReactivated, "Project reactivated"},
		{ProjectRemoved, "Project deleted"},
		{ProjectMemberAdded, "Manager of a project added"},
		{ProjectMemberChanged, "Manager of a project changed"},
		{ProjectMemberRemoved, "Manager of a project removed"},
		{RoleAdded, "Role added"},
		{RoleChanged, "Role changed"},
		{RoleRemoved, "Role removed"},

		{ProjectGrantAdded, "Project granted"},
		{ProjectGrantChanged, "Roles of a project grant changed"},
		{ProjectGrantDeactivated, "Project grant deactivated"},
		{ProjectGrantReactivated, "Project grant reactivated"},
		{ProjectGrantRemoved, "Project grant taken back"},
		{ProjectGrantMemberAdded, "Manager of a project grant added"},
		{ProjectGrantMemberChanged, "Manager of a project grant changed"},
		{ProjectGrantMemberRemoved, "Manager of a project grant removed"},

		{ApplicationAdded, "Application created"},
		{ApplicationChanged, "Application renamed"},
		{ApplicationDeactivated, "Application deactivated"},
		{ApplicationReactivated, "Application reactivated"},
		{ApplicationRemoved, "Application deleted"},
		{APIConfigAdded, "API settings of an application made"},
		{APIConfigChanged, "API settings of an application changed"},
		{APISecretChanged, "Client secret of an API generated"},
		{OIDCConfigAdded, "OIDC settings of an application made"},
		{OIDCConfigChanged, "OIDC settings of an application changed"},
		{OIDCSecretChanged, "Client secret of an OIDC client generated"},
		{ApplicationKeyAdded, "Key of an application added"},
		{ApplicationKeyRemoved, "Key of an application removed"},
	}
}

func userEventTexts() []eventText {
	return []eventText{
		{MachineAdded, "Service user created"},
		{MachineChanged, "Service user changed"},
		{MachineSecretSet, "Client secret generated"},
		{MachineSecretGone, "Client secret removed"},
		{MachineKeyAdded, "Key added"},
		{MachineKeyRemoved, "Key removed"},
		{UserMetadataSet, "Metadata set"},
		{UserMetadataGone, "Metadata removed"},
		{HumanAdded, "User created"},
		{HumanEmailChanged, "E-mail address changed"},
		{HumanPhoneChanged, "Phone number changed"},
		{HumanChanged, "User changed"},
		{HumanPasswordSet, "Password set"},
		{HumanInvited, "Invitation link created"},
		{SetupCodeAdded, "Set-up code created"},
		{UserNameChanged, "User name changed"},
		{UserDeactivated, "User deactivated"},
		{UserReactivated, "User reactivated"},
		{UserLocked, "User locked"},
		{UserUnlocked, "User unlocked"},
		{UserRemoved, "User deleted"},
		{PATAdded, "Personal access token created"},
		{PATRemoved, "Personal access token deleted"},
		{AuthorizationAdded, "Authorization given"},
		{AuthorizationSet, "Roles of an authorization changed"},
		{AuthorizationOff, "Authorization deactivated"},
		{AuthorizationOn, "Authorization reactivated"},
		{AuthorizationRemove, "Authorization removed"},
	}
}
