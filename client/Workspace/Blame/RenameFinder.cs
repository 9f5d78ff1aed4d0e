using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Blame;

/// <summary>
/// Finds what a file was called before a commit made it, as <c>git blame</c> does: among the files that the commit removed, one of the
/// same content, else the only one of the same name if three quarters of it stayed, else the one of which most stayed, at least half.
/// </summary>
internal sealed class RenameFinder(CommitLog log, IObjectSource objects)
{
    private const int ScoreMin = Similarity.ScoreMax / 2;
    private const int SameNameScoreMin = Similarity.ScoreMax / 4 * 3;

    /// <summary>Git keeps this many candidates; of equal ones the order in which they got their places decides.</summary>
    private const int CandidatesMax = 4;

    /// <param name="parent">The parent's position, which does not have the file.</param>
    /// <param name="commit">The commit's position.</param>
    /// <param name="path">The file's path in the commit.</param>
    /// <param name="entry">What it names there.</param>
    /// <param name="cancellationToken">Stops a fetch.</param>
    /// <returns>The file in the parent; null where none is alike.</returns>
    public async Task<TreeItem?> FindAsync(int parent, int commit, ReadOnlyMemory<byte> path, TreeSide entry, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(objects, log.GetNode(parent).Tree, log.GetNode(commit).Tree, cancellationToken);
        TreeChange[] removed = [.. changes.Where(c => c.Kind == TreeChangeKind.Removed && c.Old.Mode.HasBlob())];
        if (FindExact(removed, path, entry) is { } exact)
        {
            return exact;
        }

        return IsRegular(entry) ? await FindAlikeAsync([.. removed.Where(r => IsRegular(r.Old))], path, entry.Id, cancellationToken) : null;
    }

    private static TreeItem? FindExact(TreeChange[] removed, ReadOnlyMemory<byte> path, TreeSide entry)
    {
        TreeChange? best = null;
        foreach (TreeChange source in removed)
        {
            if (source.Old.Id != entry.Id || ((!IsRegular(source.Old) || !IsRegular(entry)) && source.Old.Mode.Canonical() != entry.Mode.Canonical()))
            {
                continue;
            }

            if (HasSameName(source.Path, path))
            {
                return Item(source);
            }

            best ??= source;
        }

        return best is { } found ? Item(found) : null;
    }

    private async Task<TreeItem?> FindAlikeAsync(TreeChange[] sources, ReadOnlyMemory<byte> path, ObjectId id, CancellationToken cancellationToken)
    {
        if (sources.Length == 0)
        {
            return null;
        }

        // Scores are taken as the contents come, so that only one is held at a time.
        Similarity target = new((await objects.ReadAsync(id, cancellationToken)).Body.Span);
        Dictionary<ObjectId, (int Score, int SameNameScore)> scores = [];
        await foreach (GitObject source in objects.ReadManyAsync([.. sources.Select(s => s.Old.Id)], cancellationToken))
        {
            Similarity similarity = new(source.Body.Span);
            scores[source.Id] = (similarity.ScoreFor(target, ScoreMin), similarity.ScoreFor(target, SameNameScoreMin));
        }

        TreeChange[] sameName = [.. sources.Where(s => HasSameName(s.Path, path))];
        if (sameName.Length == 1 && scores[sameName[0].Old.Id].SameNameScore >= SameNameScoreMin)
        {
            return Item(sameName[0]);
        }

        (TreeChange Source, int Score, int Name)[] places = new (TreeChange, int, int)[CandidatesMax];
        Array.Fill(places, (default, -1, 0));
        foreach (TreeChange source in sources)
        {
            int worst = 0;
            for (int i = 1; i < places.Length; i++)
            {
                worst = IsBetter(places[worst], places[i]) ? i : worst;
            }

            (TreeChange Source, int Score, int Name) candidate = (source, scores[source.Old.Id].Score, HasSameName(source.Path, path) ? 1 : 0);
            if (IsBetter(candidate, places[worst]))
            {
                places[worst] = candidate;
            }
        }

        (TreeChange Source, int Score, int Name) best = places[0];
        foreach ((TreeChange Source, int Score, int Name) place in places)
        {
            best = IsBetter(place, best) ? place : best;
        }

        return best.Score >= ScoreMin ? Item(best.Source) : null;
    }

    private static bool IsBetter((TreeChange Source, int Score, int Name) left, (TreeChange Source, int Score, int Name) right) =>
        left.Score != right.Score ? left.Score > right.Score : left.Name > right.Name;

    private static TreeItem Item(TreeChange source) => new(source.Path, source.Old.Mode, source.Old.Id);

    private static bool IsRegular(TreeSide side) => side.Mode.Kind() is EntryKind.File or EntryKind.Executable;

    private static bool HasSameName(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => TreePaths.NameOf(left.Span).SequenceEqual(TreePaths.NameOf(right.Span));
}
