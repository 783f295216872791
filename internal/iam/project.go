package iam

// PrivateLabeling says whose look a login shows. It is kept for clients that set it.
type PrivateLabeling string

// The labelings; the zero value leaves it to the instance.
const (
	LabelingUnspecified PrivateLabeling = ""
	LabelingProject     PrivateLabeling = "project"
	LabelingOrg         PrivateLabeling = "org"
)

// Project is what tokens are for: an audience with roles.
type Project struct {
	ID    string
	OrgID string
	Name  string
	State State
	ProjectOptions
	// Internal marks the one project that stands for Latchkey's own API.
	Internal bool
	Meta
}

// ProjectOptions are the switches of a project that sign-in of humans heeds.
type ProjectOptions struct {
	RoleAssertion   bool // assert roles without being asked by scope
	RoleCheck       bool // refuse users without an authorization
	ProjectCheck    bool // refuse users of organizations without a grant
	PrivateLabeling PrivateLabeling
}

// CheckProjectName says whether a project may be called so. Kind: InvalidArgument.
func CheckProjectName(name string) error { return checkName(FieldName, "the project's name", name) }
