using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.Refs;

/// <summary>Prints a list of branches as git does, or as JSON.</summary>
internal static class BranchPrinter
{
    public static void Write(CommandContext context, bool onlyServer, bool all, bool verbose, bool json, IReadOnlyCollection<RefPattern> patterns)
    {
        Clone clone = context.Clone;
        List<ListedBranch> branches = onlyServer ? [] : [.. BranchList.Here(clone)];
        if (onlyServer || all)
        {
            branches.AddRange(BranchList.OnServer(clone));
        }

        branches.RemoveAll(b => !RefPattern.MatchesAny(patterns, b.Name));
        if (json)
        {
            branches.ForEach(b => WriteJson(context.Output, clone, b));
            return;
        }

        List<(string Name, ListedBranch Branch)> rows = [.. branches.Select(b => (Shown(b, onlyServer), b))];
        if (!onlyServer && patterns.Count == 0 && clone.Head is { Branch: null, Commit: { } detached })
        {
            rows.Insert(0, ($"(HEAD detached at {clone.History.Abbreviate(detached)})", new ListedBranch(default, detached, IsCurrent: true, IsLocal: false)));
        }

        int width = rows.Count == 0 ? 0 : rows.Max(static r => DisplayWidth.Of(Encoding.UTF8.GetBytes(r.Name)));
        foreach ((string name, ListedBranch branch) in rows)
        {
            context.Output.Text($"{(branch.IsCurrent ? '*' : ' ')} {name}");
            if (verbose && branch.Target is { } target)
            {
                context.Output.Text($"{new string(' ', width - DisplayWidth.Of(Encoding.UTF8.GetBytes(name)))} {clone.History.Abbreviate(target)} {Divergence(clone, branch)}");
                CommitText.WriteSubject(context.ReadCommit(target).Message.Span, context.Output);
            }

            context.Output.Text("\n");
        }
    }

    private static string Shown(ListedBranch branch, bool onlyServer) =>
        branch.IsRemote ? branch.Name.Value[(onlyServer ? ListedBranch.Remotes.Length : "refs/".Length)..] : branch.Name.Short;

    private static BranchDivergence? FindDivergence(Clone clone, ListedBranch branch) =>
        branch is { IsRemote: false, Target: { } target } ? BranchDivergence.Of(clone, branch.Name, target) : null;

    private static string Divergence(Clone clone, ListedBranch branch) => branch.Name == default ? "" : FindDivergence(clone, branch) switch
    {
        null or (_, 0, 0) => "",
        (_, var ahead, 0) => $"[ahead {ahead}] ",
        (_, 0, var behind) => $"[behind {behind}] ",
        (_, var ahead, var behind) => $"[ahead {ahead}, behind {behind}] ",
    };

    private static void WriteJson(OutputStream output, Clone clone, ListedBranch branch)
    {
        output.JsonObject(json =>
        {
            json.WriteString("name", branch.Name.Value);
            json.WriteString("target", branch.Target?.ToString());
            json.WriteBoolean("current", branch.IsCurrent);
            json.WriteBoolean("local", branch.IsLocal);
            if (FindDivergence(clone, branch) is { } divergence)
            {
                json.WriteNumber("ahead", divergence.Ahead);
                json.WriteNumber("behind", divergence.Behind);
            }

        });
    }
}
