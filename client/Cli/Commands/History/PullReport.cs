using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Commands.History;

/// <summary>What a pull brought, for people and as JSON.</summary>
internal static class PullReport
{
    public static void Print(OutputStream output, PullResult result)
    {
        foreach (RefMove move in result.Moves)
        {
            string what = (move.Old, move.New) switch
            {
                (null, { } now) => $"new      {now.Abbreviate(12)}",
                ({ } old, null) => $"deleted  {old.Abbreviate(12)}",
                ({ } old, { } now) => $"{old.Abbreviate(12)}..{now.Abbreviate(12)}",
                _ => "",
            };
            output.Line($"{what}  {move.Name.Short}");
        }

        output.Line(result.IsUpToDate ? "Already up to date." : $"{result.NewCommits} new commits.");
    }

    public static void PrintAdvice(OutputStream output, BranchDivergence divergence)
    {
        string branch = divergence.Branch.Short;
        output.Line(divergence.Ahead == 0
            ? $"{branch} is {divergence.Behind:N0} behind origin/{branch}: 'mr checkout {branch}' moves the working copy."
            : $"{branch} is {divergence.Ahead:N0} ahead of origin/{branch} and {divergence.Behind:N0} behind: 'mr rebase' puts your commits on top here, 'mr push --rebase' lets the server do it.");
    }

    /// <summary>One object on a line: <c>newCommits</c>, <c>refs</c> that moved, and how the <c>branch</c> that is checked out stands to the server's.</summary>
    public static void WriteJson(OutputStream output, PullResult result, BranchDivergence? divergence) => output.JsonObject(json =>
    {
        json.WriteNumber("newCommits", result.NewCommits);
        RefMovesJson.Write(json, result.Moves, "old", "new");
        if (divergence is { } there)
        {
            json.WriteStartObject("branch");
            json.WriteString("name", there.Branch.Short);
            json.WriteNumber("ahead", there.Ahead);
            json.WriteNumber("behind", there.Behind);
            json.WriteEndObject();
        }
    });
}
