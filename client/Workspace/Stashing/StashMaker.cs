using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Stashing;

/// <summary>Makes a stash's commits of what a status found. The caller holds the clone's lock.</summary>
internal sealed class StashMaker(Clone clone, IObjectSource objects, IWorkingFiles files, StashRequest request)
{
    /// <summary>The files put aside as they were; an absent side: a tracked file that was deleted.</summary>
    public SortedDictionary<byte[], TreeSide> Sides { get; } = new(BytesComparer.Instance);

    /// <summary>Adds a stash to a batch; null where nothing is changed.</summary>
    /// <param name="batch">Of the clone's <c>kept</c> store.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="status">Untracked files one by one, where they are to come along.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<Stash?> MakeAsync(LocalBatch batch, int sequence, StatusResult status, CancellationToken cancellationToken)
    {
        List<TreeEdit> tracked = [];
        List<TreeEdit> untracked = [];
        foreach (StatusEntry entry in status.Entries.Where(e => request.Paths is null || request.Paths.Any(p => TreePaths.IsUnder(e.Path, p))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Code is StatusCode.Modified or StatusCode.Deleted or StatusCode.TypeChanged or StatusCode.Added or StatusCode.Removed)
            {
                tracked.Add(Read(batch, entry));
            }
            else if (entry.Code == StatusCode.Untracked && request.IncludesUntracked && entry.Path[^1] != '/' && Read(batch, entry) is { New.IsAbsent: false } edit)
            {
                untracked.Add(edit);
            }
        }

        if (tracked.Count + untracked.Count == 0)
        {
            return null;
        }

        foreach (TreeEdit edit in tracked.Concat(untracked))
        {
            Sides[edit.Path] = edit.New;
        }

        HeadState head = clone.Head;
        ObjectId from = head.Commit!.Value;
        CommitNode node = clone.History.TryFind(from, out CommitNode found) ? found : throw new CorruptHistoryException($"The commit {from} that is checked out is not in the history.");
        string branch = head.Branch?.Short ?? "(no branch)";
        string where = $"{branch}: {clone.History.Abbreviate(from)} {Subject(clone.History.Read(node.Position))}";
        ObjectId tree = await EditAsync(batch, node.Tree, tracked, cancellationToken);
        List<ObjectId> parents = [from, Commit(batch, node.Tree, [from], $"index on {where}\n")];
        ObjectId? untrackedTree = null;
        if (untracked.Count > 0)
        {
            untrackedTree = await EditAsync(batch, null, untracked, cancellationToken);
            parents.Add(Commit(batch, untrackedTree.Value, [], $"untracked files on {where}\n"));
        }

        string message = request.Message is { } given ? $"On {branch}: {given}" : $"WIP on {where}";
        ObjectId id = Commit(batch, tree, parents, message);
        batch.SetRef(StashRef.Of(sequence), id);
        return new Stash(sequence, id, from, node.Tree, tree, untrackedTree, message, request.Author.UnixSeconds);
    }

    private TreeEdit Read(LocalBatch batch, StatusEntry entry)
    {
        ChangedFile file = entry.Code is StatusCode.Deleted or StatusCode.Removed ? default : ChangedFile.Read(files, entry.Path);
        return new TreeEdit(entry.Path, file.Mode == FileMode.None ? default : new TreeSide(file.Mode, batch.Add(ObjectKind.Blob, file.Content.Span)));
    }

    private Task<ObjectId> EditAsync(LocalBatch batch, ObjectId? tree, List<TreeEdit> edits, CancellationToken cancellationToken) =>
        new TreeEditor(objects, body => batch.Add(ObjectKind.Tree, body)).ApplyAsync(tree, edits, cancellationToken);

    private ObjectId Commit(LocalBatch batch, ObjectId tree, IEnumerable<ObjectId> parents, string message)
    {
        StringBuilder text = new($"tree {tree}\n");
        foreach (ObjectId parent in parents)
        {
            text.Append($"parent {parent}\n");
        }

        text.Append($"author {request.Author}\ncommitter {request.Author}\n\n{message}");
        return batch.Add(ObjectKind.Commit, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Subject(Commit commit)
    {
        System.Buffers.ArrayBufferWriter<byte> subject = new();
        CommitText.WriteSubject(CommitText.Decode(commit.Message.Span, commit.Encoding.Span), subject);
        return Encoding.UTF8.GetString(subject.WrittenSpan);
    }
}
