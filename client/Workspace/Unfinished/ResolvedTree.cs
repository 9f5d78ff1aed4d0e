using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Unfinished;

/// <summary>The tree that a merge ends in: what it made, with what the user changed since in tracked files and at paths that conflicted. In memory.</summary>
/// <param name="made">Takes contents and trees.</param>
/// <param name="files">The working copy.</param>
/// <param name="dirstate">Of the tree that the merge made.</param>
internal sealed class ResolvedTree(MadeObjects made, IWorkingFiles files, DirstateReader dirstate)
{
    private readonly Dictionary<byte[], RecordedStat?> _stats = new(BytesComparer.Instance);

    /// <summary>What the file system said of the files read.</summary>
    public IReadOnlyDictionary<byte[], RecordedStat?> Stats => _stats;

    public async Task<ObjectId> WriteAsync(StatusResult status, IEnumerable<MergeConflict> conflicts, CancellationToken cancellationToken)
    {
        SortedSet<byte[]> paths = new(BytesComparer.Instance);
        paths.UnionWith(status.Entries.Where(static e => e.Code is StatusCode.Modified or StatusCode.Deleted or StatusCode.TypeChanged).Select(static e => e.Path));
        paths.UnionWith(conflicts.Select(static c => c.Path));
        List<TreeEdit> edits = [];
        foreach (byte[] path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isTracked = dirstate.TryFind(path, out DirstateEntry tracked);
            if (isTracked && tracked.Mode.Kind() == EntryKind.Submodule)
            {
                continue;
            }

            ChangedFile file = ChangedFile.Read(files, path);
            if (file.Mode == FileMode.None)
            {
                if (isTracked)
                {
                    edits.Add(new TreeEdit(path, default));
                }

                continue;
            }

            ObjectId id = made.Add(ObjectKind.Blob, file.Content.Span);
            _stats[path] = file.Stat;
            if (!isTracked || tracked.Id != id || tracked.Mode.Canonical() != file.Mode)
            {
                edits.Add(new TreeEdit(path, new TreeSide(file.Mode, id)));
            }
        }

        return await new TreeEditor(made, body => made.Add(ObjectKind.Tree, body)).ApplyAsync(dirstate.Tree, edits, cancellationToken);
    }
}
