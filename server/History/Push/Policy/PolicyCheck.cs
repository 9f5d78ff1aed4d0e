using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Monorepo.Core;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Intake;
using Monorepo.History.Trees;
using Monorepo.Rpc;

namespace Monorepo.History.Push.Policy;

/// <summary>Why a push breaks a rule of the operator's.</summary>
/// <param name="Commit">The first commit that does.</param>
/// <param name="Message">The rule, the path and the commit, for people.</param>
internal sealed record PolicyViolation(ObjectId Commit, string Message);

/// <summary>
/// Holds the new commits of a push to the repository's <see cref="PushPolicy"/>: their messages, and every path they add or change against all their
/// parents. Costs what changed; a directory that moved counts with all that is in it, because its paths are new.
/// </summary>
internal sealed class PolicyCheck(PushPolicy policy, TreeBodies trees, ObjectSpool spool, PushLimits limits)
{
    private const int SubjectCharsMax = 60;

    private long _entries;

    /// <param name="commits">New; parents before children.</param>
    /// <param name="treesOf">The trees of commits that are new or in the log.</param>
    /// <param name="cancellationToken">Ends the push.</param>
    /// <returns>The first violation; null when there is none.</returns>
    public async Task<PolicyViolation?> FindAsync(
        IReadOnlyList<NewCommit> commits, Func<IReadOnlyList<ObjectId>, CancellationToken, Task<ObjectId[]>> treesOf, CancellationToken cancellationToken)
    {
        foreach (NewCommit commit in commits)
        {
            string? problem = CheckMessage(commit.Commit);
            if (problem is null && policy.ChecksPaths)
            {
                problem = await CheckPathsAsync(commit.Tree, await treesOf(commit.Parents, cancellationToken), cancellationToken);
            }

            if (problem is not null)
            {
                return new PolicyViolation(commit.Id, $"commit {commit.Id.Abbreviate(10)} ({Subject(commit.Commit)}) {problem}");
            }
        }

        return null;
    }

    private static string Subject(Commit commit)
    {
        string line = Encoding.UTF8.GetString(commit.Message.Span).TrimStart().Split('\n')[0];
        return line.Length <= SubjectCharsMax ? line : line[..SubjectCharsMax] + "…";
    }

    private string? CheckMessage(Commit commit)
    {
        if (policy.MessagePattern is not { } pattern)
        {
            return null;
        }

        try
        {
            return pattern.IsMatch(Encoding.UTF8.GetString(commit.Message.Span))
                ? null
                : $"has a message that does not match the server's messagePattern '{pattern}'. Change it with 'git commit --amend' or a rebase, and push again.";
        }
        catch (RegexMatchTimeoutException)
        {
            return $"has a message that takes too long to match with the server's messagePattern '{pattern}'.";
        }
    }

    private async Task<string?> CheckPathsAsync(ObjectId root, ObjectId[] parents, CancellationToken cancellationToken)
    {
        List<Node> level = parents.Contains(root) ? [] : [new Node(root, parents, "")];
        while (level.Count > 0)
        {
            List<Node> next = [];
            foreach (Node[] slice in level.Chunk(TreeBodies.IdsMax / 2))
            {
                Dictionary<ObjectId, byte[]> bodies = await trees.ReadAsync([.. slice.SelectMany(n => n.Parents.Prepend(n.Id))], cancellationToken);
                foreach (Node node in slice)
                {
                    if (Check(node, bodies, next) is { } problem)
                    {
                        return problem;
                    }
                }
            }

            level = next;
        }

        return null;
    }

    private string? Check(Node node, Dictionary<ObjectId, byte[]> bodies, List<Node> next)
    {
        Dictionary<string, List<Entry>> before = ReadParents(node, bodies);
        Dictionary<string, string>? folded = null;
        List<string> added = [];
        TreeReader reader = new(bodies[node.Id]);
        while (reader.MoveNext())
        {
            Count();
            TreeEntry entry = reader.Current;
            string name = TreeNames.ToKey(entry.Name);
            List<Entry>? old = before.GetValueOrDefault(name);
            if (policy.RefusesCaseCollisions)
            {
                string fold = CaseCollisions.Fold(name);
                folded ??= new Dictionary<string, string>(StringComparer.Ordinal);
                if (!folded.TryAdd(fold, name) && (old is null || added.Contains(folded[fold])))
                {
                    return $"has '{Show(node.Path, folded[fold])}' and '{Show(node.Path, name)}', which are one file where case does not count; the server's caseCollisions rule refuses that.";
                }
            }

            if (old is null)
            {
                added.Add(name);
            }

            if (old?.Contains(new Entry(entry.Mode, entry.Id)) == true)
            {
                continue;
            }

            string path = Show(node.Path, name);
            if (CheckPath(path, entry) is { } problem)
            {
                return problem;
            }

            if (entry.Mode.IsDirectory())
            {
                next.Add(new Node(entry.Id, [.. (old ?? []).Where(e => e.Mode.IsDirectory()).Select(e => e.Id)], path));
            }
        }

        return null;
    }

    private string? CheckPath(string path, TreeEntry entry)
    {
        if (policy.PathBytesMax is { } bytesMax && Encoding.UTF8.GetByteCount(path) > bytesMax)
        {
            return $"has a path of {Encoding.UTF8.GetByteCount(path)} bytes, '{path[..Math.Min(path.Length, 100)]}…'; the server's maxPathBytes allows {bytesMax}.";
        }

        if (entry.Mode.IsDirectory())
        {
            return null;
        }

        if (policy.ForbiddenPaths.FirstOrDefault(p => p.IsMatch(path)) is { } pattern)
        {
            return $"changes '{path}', which the server's forbiddenPaths rule '{pattern}' refuses.";
        }

        return policy.FileBytesMax is { } fileMax && entry.Mode.HasBlob() && spool.KindOf(entry.Id) is not null && spool.SizeOf(entry.Id) > fileMax
            ? $"brings '{path}' of {spool.SizeOf(entry.Id)} bytes; the server's maxFileBytes allows {fileMax}."
            : null;
    }

    private Dictionary<string, List<Entry>> ReadParents(Node node, Dictionary<ObjectId, byte[]> bodies)
    {
        Dictionary<string, List<Entry>> entries = new(StringComparer.Ordinal);
        foreach (ObjectId parent in node.Parents)
        {
            TreeReader reader = new(bodies[parent]);
            while (reader.MoveNext())
            {
                Count();
                ref List<Entry>? same = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, TreeNames.ToKey(reader.Current.Name), out _);
                (same ??= new List<Entry>(1)).Add(new Entry(reader.Current.Mode, reader.Current.Id));
            }
        }

        return entries;
    }

    private void Count()
    {
        if (++_entries > limits.EntriesVisitedMax)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"to check the push's paths takes more than {limits.EntriesVisitedMax} tree entries; push in several steps.");
        }
    }

    private static string Show(string folder, string latin1)
    {
        string name = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));
        return folder.Length == 0 ? name : $"{folder}/{name}";
    }

    private readonly record struct Node(ObjectId Id, ObjectId[] Parents, string Path);

    private readonly record struct Entry(Core.FileMode Mode, ObjectId Id);
}
