using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Verification;

/// <summary>Compares each commit of a log with what the graph and the index say of it. Pieces are checked side by side.</summary>
/// <param name="log">Stays the caller's.</param>
/// <param name="onDamage">Told the position and what is wrong there; from any thread.</param>
internal sealed class HistoryVerifier(CommitLog log, Action<int, string> onDamage)
{
    /// <summary>As many as a piece has at most, so that each is decoded once.</summary>
    private const int RunLength = SegmentFormat.CommitsPerSegment;

    public void Run(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        long done = 0;
        int runs = (log.ServerCount + RunLength - 1) / RunLength;
        Parallel.For(0, runs, new ParallelOptions { CancellationToken = cancellationToken }, run =>
        {
            int start = run * RunLength;
            int end = Math.Min(start + RunLength, log.ServerCount);
            CheckRun(start, end, cancellationToken);
            progress?.Report(Interlocked.Add(ref done, end - start));
        });
    }

    private void CheckRun(int start, int end, CancellationToken cancellationToken)
    {
        CommitReader reader = log.OpenReader();
        List<int> parents = [];
        for (int position = start; position < end; position++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (Check(reader, position, parents) is { } wrong)
                {
                    onDamage(position, wrong);
                }
            }
            catch (Exception e) when (e is CorruptHistoryException or MalformedObjectException or FormatException)
            {
                // The rest of the piece is as unreadable, and one damage is enough to say so.
                onDamage(position, e.Message);
                return;
            }
        }
    }

    private string? Check(CommitReader reader, int position, List<int> parents)
    {
        reader.MoveTo(position);
        ObjectId id = ObjectHasher.Hash(ObjectKind.Commit, reader.Body);
        CommitNode node = log.GetNode(position);
        if (node.Id != id)
        {
            return $"its bytes hash to {id}, the graph says {node.Id}";
        }

        Commit commit = Commit.Parse(reader.Body.ToArray());
        if (node.Tree != commit.Tree)
        {
            return $"{id} has the tree {commit.Tree}, the graph says {node.Tree}";
        }

        parents.Clear();
        log.AddKnownParents(position, parents);
        if (!commit.Parents.Where(p => !log.IsShallow || log.Contains(p)).SequenceEqual(parents.Select(log.IdAt)))
        {
            return $"{id} has other parents than the graph says";
        }

        return log.TryFind(id, out CommitNode found) && found.Position == position ? null : $"{id} is not found by its id";
    }
}
