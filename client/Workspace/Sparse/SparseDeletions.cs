using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Sparse;

/// <summary>
/// Finds files that leave a sparse working copy and that the user has deleted: a change that is not committed, which would be forgotten with them.
/// </summary>
internal static class SparseDeletions
{
    /// <param name="conflicts">What was found already.</param>
    /// <param name="files">The working copy, as no checkout has touched it.</param>
    /// <param name="leaving">Ascending by path.</param>
    public static IReadOnlyList<CheckoutConflict> AddTo(IReadOnlyList<CheckoutConflict> conflicts, IWorkingFiles files, IReadOnlyList<TreeChange> leaving)
    {
        List<CheckoutConflict> found = [];
        byte[]? at = null;
        IWorkingDirectory? directory = null;
        try
        {
            foreach (TreeChange change in leaving.Where(static c => c.Old.Mode.HasBlob()))
            {
                ReadOnlySpan<byte> parent = WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
                if (at is null || !parent.SequenceEqual(at))
                {
                    directory?.Dispose();
                    at = parent.ToArray();
                    directory = files.OpenDirectory(parent);
                }

                if (directory?.GetStatus(name) is null)
                {
                    found.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.Modified));
                }
            }
        }
        finally
        {
            directory?.Dispose();
        }

        return found.Count == 0 ? conflicts : [.. conflicts.Concat(found).OrderBy(static c => c.Path, BytesComparer.Instance)];
    }
}
