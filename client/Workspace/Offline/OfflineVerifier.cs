using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Offline;

/// <summary>What is declared and not here.</summary>
/// <param name="Objects">Looked at: commits, trees and contents.</param>
/// <param name="Missing">Those that are not here, or not what their ids say; what is below a missing tree is not known.</param>
public sealed record OfflineReport(long Objects, IReadOnlyList<MissingDeclared> Missing);

/// <param name="Id">Of a commit, a tree or contents.</param>
/// <param name="Kind">Which of them.</param>
/// <param name="Place">Where it stands.</param>
public readonly record struct MissingDeclared(ObjectId Id, ObjectKind Kind, DeclaredPlace Place);

/// <summary>Proves that all that is declared is here: reads every object and compares it with its id. Asks no server and changes nothing but that damaged objects no longer count.</summary>
public sealed class OfflineVerifier(CommitLog history, ObjectCache? kept)
{
    public async Task<OfflineReport> VerifyAsync(IReadOnlyCollection<OfflineDeclaration> declarations, IProgress<OfflineProgress>? progress, CancellationToken cancellationToken)
    {
        List<MissingDeclared> missing = [.. declarations.Where(d => !HasCommit(d.Commit)).Select(static d => new MissingDeclared(d.Commit, ObjectKind.Commit, new DeclaredPlace(d, [], [])))];
        DeclaredObjects needed = await DeclaredObjects.ListKeptAsync(declarations, kept, cancellationToken);
        missing.AddRange(needed.MissingTrees.Select(id => new MissingDeclared(id, ObjectKind.Tree, needed.Trees[id])));
        long done = 0;
        Lock found = new();
        Parallel.ForEach(needed.Contents, new ParallelOptions { CancellationToken = cancellationToken }, content =>
        {
            if (kept?.TryRead(content.Key) is null)
            {
                lock (found)
                {
                    missing.Add(new MissingDeclared(content.Key, ObjectKind.Blob, content.Value));
                }
            }

            progress?.Report(new OfflineProgress(Interlocked.Increment(ref done), needed.Contents.Count));
        });
        return new OfflineReport(
            declarations.Count + needed.Trees.Count + needed.Contents.Count,
            [.. missing.OrderBy(static m => m.Place.Declaration.Revision, StringComparer.Ordinal).ThenBy(static m => m.Place.Path, BytesComparer.Instance)]);
    }

    // Reading it hashes it.
    private bool HasCommit(ObjectId id)
    {
        try
        {
            return history.TryFind(id, out CommitNode node) && history.Read(node.Position) is not null;
        }
        catch (CorruptHistoryException)
        {
            return false;
        }
    }
}
