using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Revisions;

/// <summary>
/// Finds what a revision names, by git's rules: <c>HEAD</c> or <c>@</c>, a full id, <c>refs/…</c>, a tag, a branch (with or without
/// <c>origin/</c>), an abbreviated commit id; then any of <c>~N</c>, <c>^N</c>, <c>^{commit}</c>, <c>^{tree}</c>, <c>^{blob}</c>, <c>^{}</c>; then <c>:PATH</c>.
/// Thread-safe. Only <c>REV:PATH</c>, trees' ids and unknown full ids read objects; the rest is answered from the clone.
/// </summary>
/// <param name="log">The commits.</param>
/// <param name="refs">The server's refs.</param>
/// <param name="head">What is checked out.</param>
/// <param name="objects">Where trees and tags are read.</param>
/// <param name="localRefs">Refs that name something else here than on the server; <c>origin/</c> still finds the server's.</param>
public sealed class RevisionResolver(
    CommitLog log, RefSet refs, HeadState head, IObjectSource objects, IReadOnlyDictionary<RefName, ObjectId>? localRefs = null)
{
    /// <summary>Longer texts are refused.</summary>
    public const int LengthMax = 8192;

    private const int TagDepthMax = 16;
    private const string RemotePrefix = "origin/";

    /// <summary>A revision or a range.</summary>
    public async ValueTask<RevisionRange> ResolveRangeAsync(string text, CancellationToken cancellationToken)
    {
        int path = text.IndexOf(':', StringComparison.Ordinal);
        int dots = (path < 0 ? text : text[..path]).IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            return new RevisionRange(null, await ResolveAsync(text, cancellationToken), false);
        }

        bool symmetric = text.AsSpan(dots).StartsWith("...");
        string left = text[..dots];
        string right = text[(dots + (symmetric ? 3 : 2))..];
        return new RevisionRange(
            await ResolveCommitAsync(left.Length == 0 ? "HEAD" : left, cancellationToken),
            await ResolveCommitAsync(right.Length == 0 ? "HEAD" : right, cancellationToken),
            symmetric);
    }

    /// <summary>As <see cref="ResolveAsync"/>, with annotated tags followed to their commit.</summary>
    public ValueTask<RevisionResult> ResolveCommitAsync(string text, CancellationToken cancellationToken) =>
        ResolveAsync(text + "^{commit}", cancellationToken);

    /// <exception cref="ObjectsMissingException">A tree or tag that the answer needs can't be had.</exception>
    public async ValueTask<RevisionResult> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length is 0 or > LengthMax)
        {
            return RevisionResult.Fail(RevisionError.BadSyntax, $"A revision has 1 to {LengthMax} characters.");
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        const string Peel = "^{commit}";
        if (colon < 0)
        {
            return await ResolveObjectAsync(text, cancellationToken);
        }

        if (text.EndsWith(Peel, StringComparison.Ordinal))
        {
            return RevisionResult.Fail(RevisionError.WrongKind, $"'{text[..^Peel.Length]}' names a path, not a commit.");
        }

        RevisionResult tree = await ResolveObjectAsync((colon == 0 ? "HEAD" : text[..colon]) + "^{tree}", cancellationToken);
        if (!tree.IsResolved)
        {
            return tree;
        }

        string path = text[(colon + 1)..].Trim('/');
        TreeItem? item = await new TreeWalker(objects).FindAsync(tree.Id, Encoding.UTF8.GetBytes(path), cancellationToken);
        return item is { } found
            ? RevisionResult.Of(found.Id, found.Mode.ObjectKind(), mode: found.Mode)
            : RevisionResult.Fail(RevisionError.NoSuchPath, $"'{path}' is not in '{text[..colon]}'.");
    }

    private async ValueTask<RevisionResult> ResolveObjectAsync(string text, CancellationToken cancellationToken)
    {
        int end = text.IndexOfAny(['~', '^']);
        RevisionResult current = await ResolveNameAsync(end < 0 ? text : text[..end], cancellationToken);
        string rest = end < 0 ? "" : text[end..];
        while (current.IsResolved && rest.Length > 0)
        {
            if (rest.StartsWith("^{", StringComparison.Ordinal))
            {
                int close = rest.IndexOf('}', StringComparison.Ordinal);
                if (close < 0)
                {
                    return RevisionResult.Fail(RevisionError.BadSyntax, $"'{text}' has '^{{' without '}}'.");
                }

                current = await PeelAsync(current, rest[2..close], text, cancellationToken);
                rest = rest[(close + 1)..];
                continue;
            }

            if (rest[0] is not ('~' or '^'))
            {
                return RevisionResult.Fail(RevisionError.BadSyntax, $"'{rest}' in '{text}' is none of ~N, ^N and ^{{KIND}}.");
            }

            int digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
            {
                digits++;
            }

            int number = 1;
            if (digits > 1 && !int.TryParse(rest.AsSpan(1, digits - 1), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            {
                return RevisionResult.Fail(RevisionError.BadSyntax, $"The number in '{text}' is too large.");
            }

            RevisionResult commit = await PeelAsync(current, "commit", text, cancellationToken);
            current = commit.IsResolved ? Step(commit.Id, rest[0], number, text) : commit;
            rest = rest[digits..];
        }

        return current;
    }

    private RevisionResult Step(ObjectId id, char step, int number, string text)
    {
        if (!log.TryFind(id, out CommitNode node))
        {
            return RevisionResult.Fail(RevisionError.Unknown, $"Commit {id} is not in this clone's history: pull first.");
        }

        // REV^0 is the commit itself; REV^N its N-th parent; REV~N goes N first parents up.
        int position = node.Position;
        int steps = step == '~' ? number : Math.Min(number, 1);
        int parent = step == '~' ? 1 : number;
        for (int i = 0; i < steps; i++)
        {
            IReadOnlyList<int> parents = log.GetParents(position);
            if (parents.Count < parent)
            {
                return RevisionResult.Fail(RevisionError.NoSuchParent, $"'{text}' goes past commit {log.GetNode(position).Id}, which has {parents.Count} parent(s).");
            }

            position = parents[parent - 1];
        }

        return RevisionResult.Of(log.GetNode(position).Id, ObjectKind.Commit);
    }

    private async ValueTask<RevisionResult> PeelAsync(RevisionResult current, string kindName, string text, CancellationToken cancellationToken)
    {
        if (kindName == "object")
        {
            return current;
        }

        ObjectKind wanted = default;
        if (kindName.Length > 0 && !ObjectKindNames.TryParse(Encoding.ASCII.GetBytes(kindName), out wanted))
        {
            return RevisionResult.Fail(RevisionError.BadSyntax, $"'{kindName}' in '{text}' is none of commit, tree, blob and tag.");
        }

        (ObjectId id, ObjectKind kind) = (current.Id, current.Kind);
        for (int depth = 0; kind == ObjectKind.Tag && wanted != ObjectKind.Tag; depth++)
        {
            if (depth == TagDepthMax)
            {
                return RevisionResult.Fail(RevisionError.WrongKind, $"'{text}' is a tag of a tag, more than {TagDepthMax} deep.");
            }

            if (current.Ref is { } name && depth == 0 && refs.Find(name) is { Peeled: { } peeled } && log.Contains(peeled))
            {
                (id, kind) = (peeled, ObjectKind.Commit);
                continue;
            }

            Tag tag = Tag.Parse((await objects.ReadAsync(id, cancellationToken)).Body);
            (id, kind) = (tag.Target, tag.TargetKind);
        }

        if (wanted == ObjectKind.Tree && kind == ObjectKind.Commit)
        {
            ObjectId tree = log.TryFind(id, out CommitNode node)
                ? node.Tree
                : Commit.Parse((await objects.ReadAsync(id, cancellationToken)).Body).Tree;
            return RevisionResult.Of(tree, ObjectKind.Tree);
        }

        if (wanted != default && kind != wanted)
        {
            return RevisionResult.Fail(RevisionError.WrongKind, $"'{text}' names a {kind.ToName()}, not a {kindName}.");
        }

        return RevisionResult.Of(id, kind, id == current.Id ? current.Ref : null);
    }

    private async ValueTask<RevisionResult> ResolveNameAsync(string name, CancellationToken cancellationToken)
    {
        if (name is "HEAD" or "@")
        {
            // Before the first checkout HEAD is the tip of its branch, as after git clone --no-checkout.
            return (head.Commit ?? (head.Branch is { } branch ? refs.Find(branch)?.PeeledTarget : null)) is { } commit
                ? RevisionResult.Of(commit, ObjectKind.Commit)
                : RevisionResult.Fail(RevisionError.UnbornHead, "Nothing is checked out yet and the branch has no commit, so HEAD names none.");
        }

        if (ObjectId.TryParse(name.AsSpan(), out ObjectId id))
        {
            if (log.Contains(id))
            {
                return RevisionResult.Of(id, ObjectKind.Commit);
            }

            try
            {
                return RevisionResult.Of(id, (await objects.ReadAsync(id, cancellationToken)).Kind);
            }
            catch (ObjectsMissingException e)
            {
                return RevisionResult.Fail(RevisionError.Unknown, $"There is no object {id}: {e.Message}");
            }
        }

        if (FindRef(name) is { } entry)
        {
            ObjectKind kind = entry.Peeled is not null ? ObjectKind.Tag
                : log.Contains(entry.Target) ? ObjectKind.Commit
                : (await objects.ReadAsync(entry.Target, cancellationToken)).Kind;
            return RevisionResult.Of(entry.Target, kind, entry.Name);
        }

        if (HexPrefix.TryParse(name, out HexPrefix prefix))
        {
            PrefixMatch match = log.Find(prefix);
            if (match.IsUnique)
            {
                return RevisionResult.Of(match.Candidates[0].Id, ObjectKind.Commit);
            }

            if (match.IsAmbiguous)
            {
                return RevisionResult.Fail(RevisionError.Ambiguous, $"'{name}' begins the ids of {match.Candidates.Count} commits.", candidates: [.. match.Candidates.Select(c => c.Id)]);
            }
        }

        IReadOnlyList<string> similar = RefSuggestions.For(name, refs);
        return RevisionResult.Fail(RevisionError.Unknown, $"'{name}' is no branch, tag or commit.", similar);
    }

    private RefEntry? FindRef(string name)
    {
        string[] places = ["", "refs/", RefName.Tags, RefName.Branches];
        foreach (string place in places)
        {
            if (RefName.TryParse(place + name, out RefName full) && FindFull(full) is { } entry)
            {
                return entry;
            }
        }

        return name.StartsWith(RemotePrefix, StringComparison.Ordinal)
            && RefName.TryParse(RefName.Branches + name[RemotePrefix.Length..], out RefName branch)
            ? refs.Find(branch)
            : null;
    }

    private RefEntry? FindFull(RefName name) =>
        localRefs is not null && localRefs.TryGetValue(name, out ObjectId target) ? new RefEntry(name, target, null) : refs.Find(name);
}
