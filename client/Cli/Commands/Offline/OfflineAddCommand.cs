using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.Offline;

/// <summary><c>mr offline add</c> and <c>mr offline update</c>: fetch, then declare.</summary>
public static class OfflineAddCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "The version. It stays this commit when the branch moves on, until it is added again." };
        Argument<string[]> paths = new("PATH") { Description = "Files, or directories with all below them. Without any: all, or what a sparse working copy has.", Arity = ArgumentArity.ZeroOrMore };
        return new Command("add", "Declare that paths of a version must work offline, and fetch what is not here yet.") { revision, paths }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string named = parse.GetValue(revision)!;
            OfflineDeclaration wanted = (await ResolveAsync(context, named, cancellationToken)) with { Paths = [.. (parse.GetValue(paths) ?? []).Select(p => Encoding.UTF8.GetString(PathArguments.Resolve(context, p)))] };
            bool isTop = wanted.Paths.Contains("", StringComparer.Ordinal);
            SparseState? sparse = wanted.Paths.Count == 0 && context.WorkingCopy.Sparse is not null ? SparseState.Find(context.Clone.Paths) : null;
            wanted = wanted with { IsAll = isTop || (wanted.Paths.Count == 0 && sparse is null), Paths = isTop ? [] : wanted.Paths, Sparse = sparse };
            await FillAsync(context, declared => [declared.FirstOrDefault(d => d.Revision == named) is { } before ? wanted.With(before) : wanted], wanted.Paths, cancellationToken);
            return ExitCode.Success;
        });
    }

    public static Command CreateUpdate(Surroundings surroundings)
    {
        Argument<string[]> revisions = new("REV") { Description = "As 'mr offline list' names them. Without any: all.", Arity = ArgumentArity.ZeroOrMore };
        return new Command("update", "Declare the same paths where the revisions are now, and fetch what is new.") { revisions }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] named = parse.GetValue(revisions) ?? [];
            IReadOnlyList<OfflineDeclaration> declared = new OfflineStore(context.Clone.Paths).Load();
            OfflineNames.Check(declared, named);
            Dictionary<string, OfflineDeclaration> moved = new(StringComparer.Ordinal);
            ExitCode code = ExitCode.Success;
            foreach (OfflineDeclaration old in declared.Where(d => named.Length == 0 || named.Contains(d.Revision, StringComparer.Ordinal)))
            {
                RevisionResult now = await context.Clone.CreateResolver(context.Objects).ResolveCommitAsync(old.Revision, cancellationToken);
                if (now.IsResolved)
                {
                    moved.Add(old.Revision, old with { Commit = now.Id, Tree = context.FindCommit(now.Id).Tree });
                }
                else
                {
                    await Console.Error.WriteLineAsync($"warning: {now.Message} What was declared of '{old.Revision}' stays as it is.");
                    code = ExitCode.NotFound;
                }
            }

            await FillAsync(context, current => [.. current.Where(d => moved.ContainsKey(d.Revision)).Select(d => moved[d.Revision] with { IsAll = d.IsAll, Paths = d.Paths, Sparse = d.Sparse })], [], cancellationToken);
            return code;
        });
    }

    private static async Task<OfflineDeclaration> ResolveAsync(CommandContext context, string revision, CancellationToken cancellationToken)
    {
        ObjectId commit = await context.ResolveCommitAsync(revision, cancellationToken);
        return new OfflineDeclaration(revision, commit, context.FindCommit(commit).Tree);
    }

    // The declarations are replaced once all is here: a cut or an error leaves them as they were.
    private static async Task FillAsync(
        CommandContext context, Func<IReadOnlyList<OfflineDeclaration>, IReadOnlyList<OfflineDeclaration>> choose, IReadOnlyList<string> mustBeThere, CancellationToken cancellationToken)
    {
        OfflineStore store = new(context.Clone.Paths);
        using IDisposable held = store.Lock();
        IReadOnlyList<OfflineDeclaration> before = store.Load();
        IReadOnlyList<OfflineDeclaration> wanted = choose(before);
        using ObjectCache kept = store.OpenObjects(CommandContext.WarnOfCache);
        ObjectSource source = new(kept, context.Clone.History, context.Remote, local: context.Clone.Local, beside: context.Cache);
        await CheckPathsAsync(source, wanted, mustBeThere, cancellationToken);
        OfflineFill fill;
        try
        {
            fill = await ProgressDisplay.RunAsync("Fetching", progress => new OfflineFiller(source, kept).FillAsync(wanted, OfflineNames.Adapt(progress), cancellationToken));
        }
        catch (IOException e) when (!kept.IsWritable)
        {
            throw new CommandException(ExitCode.Disk, e.Message, "Make room on the disk and run the command again: what came stays, and what was declared before is whole.", e);
        }

        Dictionary<string, OfflineDeclaration> fresh = wanted.ToDictionary(static d => d.Revision, StringComparer.Ordinal);
        store.Save([.. before.Select(d => fresh.Remove(d.Revision, out OfflineDeclaration? moved) ? moved : d), .. wanted.Where(d => fresh.ContainsKey(d.Revision))]);
        string which = string.Join(", ", wanted.Select(d => $"{d.Revision} ({context.Clone.History.Abbreviate(d.Commit)})"));
        context.Output.Line(wanted.Count == 0 ? "Nothing is declared." : $"{which}: {fill.Contents:N0} file contents and {fill.Trees:N0} directories work offline; {fill.Fresh:N0} contents are new here.");
    }

    private static async Task CheckPathsAsync(ObjectSource source, IReadOnlyList<OfflineDeclaration> wanted, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return;
        }

        // All ways in one question.
        await source.EnsureInsideAsync(new SparseView(wanted[0].Tree, SparseRules.Of(paths)), null, cancellationToken);
        foreach (string path in paths)
        {
            if (await new TreeWalker(source).FindAsync(wanted[0].Tree, Encoding.UTF8.GetBytes(path), cancellationToken) is null)
            {
                throw new CommandException(ExitCode.NotFound, $"'{path}' is no path of {wanted[0].Revision}.", $"'mr ls-tree {wanted[0].Revision}' lists what is there.");
            }
        }
    }
}
