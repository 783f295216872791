package iam

// ProjectGrant lends a project, with some of its roles, to another organization.
type ProjectGrant struct {
	ID           string
	ProjectID    string
	OrgID        string // the organization that owns the project
	GrantedOrgID string
	RoleKeys     []string // sorted
	State        State
	Meta

	// Of the joined objects, for display.
	ProjectName    string
	ProjectState   State
	OrgName        string
	GrantedOrgName string
}
