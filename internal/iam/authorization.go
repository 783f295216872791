package iam

// Authorization says which roles a user holds on a project, either given by
// the project's own organization or through a project grant. Zitadel's first
// API calls it user grant.
type Authorization struct {
	ID        string
	UserID    string
	ProjectID string
	GrantID   string // the project grant it came through, or empty
	OrgID     string // the organization that gave it
	RoleKeys  []string
	State     State
	Meta

	// Of the joined objects, for display.
	UserName         string
	UserOrgID        string
	UserType         UserType
	UserLabel        string
	FirstName        string
	LastName         string
	Email            string
	ProjectName      string
	ProjectOrgID     string
	ProjectOrgName   string
	OrgName          string
	OrgPrimaryDomain string
}
