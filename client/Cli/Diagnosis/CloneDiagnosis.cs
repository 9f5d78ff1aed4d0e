using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Diagnosis;

/// <summary>Looks at settings and at the state of the clone.</summary>
public static class CloneDiagnosis
{
    public static IEnumerable<Finding> LookAtSettings(CommandContext context)
    {
        List<Finding> findings = [];
        try
        {
            findings.AddRange(((ConfigFile?[])[context.Settings.OfSystem, context.Settings.OfUser]).SelectMany(static f => (f?.Unknown ?? [])
                .Select(name => new Finding("settings", Verdict.Warn, $"'{name}' in '{f!.Path}' is no setting of this program", "Is it misspelt? 'mr help configuration' lists the keys."))));
            foreach (Setting setting in context.Settings.List())
            {
                setting.Key.Check(setting.Value, setting.Origin);
            }
        }
        catch (ConfigException e)
        {
            findings.Add(new Finding("settings", Verdict.Fail, e.Message, e.Key is null ? $"Mend '{e.Origin}' by hand." : $"'mr config set {e.Key} VALUE' mends it."));
        }

        return findings.Count > 0 ? findings : [new Finding("settings", Verdict.Ok, "all files can be read")];
    }

    public static IEnumerable<Finding> LookAtState(CommandContext context)
    {
        Clone clone = context.Clone;
        string where = clone.Head.Branch is { } branch ? $"branch {branch.Short}" : clone.Head.Commit is null ? "nothing checked out" : "detached HEAD";
        yield return context.WorkingCopy.Interrupted is null
            ? new Finding("clone", Verdict.Ok, $"{clone.History.Count:N0} commits{(clone.History.IsShallow ? " (shallow)" : "")}, {clone.Local.Commits.Count:N0} of them not on the server, {where}")
            : new Finding("clone", Verdict.Warn, "a checkout was cut", "'mr status' finishes it.");
    }
}
