using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Pushing;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.History;

/// <summary>Reads what is to be pushed: <c>BRANCH</c>, <c>[+]REV:REF</c>, <c>:REF</c>; nothing: the branch that is checked out.</summary>
internal static class PushArguments
{
    /// <exception cref="CommandException">Something named is not there, or no ref.</exception>
    public static async Task<IReadOnlyList<RefPush>> ReadAsync(CommandContext context, string[] given, bool delete, bool force, CancellationToken cancellationToken)
    {
        Clone clone = context.Clone;
        if (given.Length == 0)
        {
            if (delete)
            {
                throw new CommandException(ExitCode.Usage, "--delete takes the refs to delete.");
            }

            return clone.Head switch
            {
                { Branch: { } branch, Commit: { } commit } => [Of(clone, branch, branch.Short, commit, force)],
                { Branch: { } branch } => throw new CommandException(ExitCode.NotFound, $"{branch.Short} has no commit yet.", "'mr commit' makes one."),
                _ => throw new CommandException(ExitCode.Usage, "no branch is checked out, so there is none to push.", "Name what goes where: 'mr push HEAD:BRANCH'."),
            };
        }

        List<RefPush> pushes = [];
        foreach (string text in given)
        {
            pushes.Add(delete ? Delete(clone, text, force) : await ReadOneAsync(context, text, force, cancellationToken));
        }

        RefPush? doubled = pushes.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1)?.First();
        return doubled is null ? pushes : throw new CommandException(ExitCode.Usage, $"{doubled.Name} stands twice.");
    }

    private static async Task<RefPush> ReadOneAsync(CommandContext context, string text, bool force, CancellationToken cancellationToken)
    {
        Clone clone = context.Clone;
        bool isForced = force || text.StartsWith('+');
        string spec = text.TrimStart('+');
        int colon = spec.IndexOf(':', StringComparison.Ordinal);
        if (colon == 0)
        {
            return Delete(clone, spec[1..], isForced);
        }

        if (colon > 0)
        {
            RefName target = ToRef(spec[(colon + 1)..]);
            return Of(clone, target, spec[..colon], await ResolveAsync(context, spec[..colon], target, cancellationToken), isForced);
        }

        RevisionResult named = await context.ResolveAsync(spec, cancellationToken);
        return named.Ref is { } name
            ? Of(clone, name, spec, await ResolveAsync(context, spec, name, cancellationToken), isForced)
            : throw new CommandException(ExitCode.Usage, $"'{spec}' is no branch or tag.", $"Say which ref it goes to: 'mr push {spec}:BRANCH'.");
    }

    // A tag may name any object, a branch names commits only.
    private static async Task<ObjectId> ResolveAsync(CommandContext context, string revision, RefName target, CancellationToken cancellationToken) => target.IsTag
        ? (await context.ResolveAsync(revision, cancellationToken)).Id
        : await context.ResolveCommitAsync(revision, cancellationToken);

    private static RefPush Delete(Clone clone, string text, bool force)
    {
        RefName name = ToRef(text);
        return clone.Refs.Find(name) is { } entry
            ? new RefPush(name, "", entry.Target, null, force)
            : throw new CommandException(ExitCode.NotFound, $"the server has no {name}, as of the last pull.");
    }

    private static RefPush Of(Clone clone, RefName name, string source, ObjectId commit, bool force) =>
        new(name, source, clone.Refs.Find(name)?.Target, commit, force);

    private static RefName ToRef(string text) =>
        RefName.TryParse(text.StartsWith("refs/", StringComparison.Ordinal) ? text : RefName.Branches + text, out RefName name)
            ? name
            : throw new CommandException(ExitCode.Usage, $"'{text}' is no valid name of a branch or ref.");
}
