using System.Text;

namespace Monorepo.Workspace.Merging;

/// <summary>What is told about paths, in the order of paths; in git's form, which people and tools know.</summary>
internal sealed class MergeNotes(MergeLabels labels)
{
    private readonly List<(byte[] Path, string Text)> _notes = [];

    public IReadOnlyList<string> Sorted => [.. _notes.OrderBy(static n => n.Path, Core.BytesComparer.Instance).Select(static n => n.Text)];

    public void Merging(byte[] path) => Add(path, $"Auto-merging {Text(path)}");

    public void Content(byte[] path, string kind) => Add(path, $"CONFLICT ({kind}): Merge conflict in {Text(path)}");

    public void Binary(byte[] path) => Add(path, $"warning: Cannot merge binary files: {Text(path)} ({labels.Ours} vs. {labels.Theirs})");

    public void ModifyDelete(byte[] path, int modifiedBy) =>
        Add(path, $"CONFLICT (modify/delete): {Text(path)} deleted in {Label(3 - modifiedBy)} and modified in {Label(modifiedBy)}.");

    public void FileDirectory(byte[] path, byte[] moved, int side) =>
        Add(path, $"CONFLICT (file/directory): a directory is in the way of {Text(path)} from {Label(side)}; it is at {Text(moved)}.");

    public void DistinctTypes(byte[] path) => Add(path, $"CONFLICT (distinct types): {Text(path)} has another type on each side.");

    public void RenameRename(byte[] old, byte[] ours, byte[] theirs) =>
        Add(old, $"CONFLICT (rename/rename): {Text(old)} renamed to {Text(ours)} in {labels.Ours} and to {Text(theirs)} in {labels.Theirs}.");

    public void RenameDelete(byte[] old, byte[] renamed, int side) =>
        Add(renamed, $"CONFLICT (rename/delete): {Text(old)} renamed to {Text(renamed)} in {Label(side)}, but deleted in {Label(3 - side)}.");

    public void RenameCollides(byte[] old, byte[] renamed) =>
        Add(renamed, $"CONFLICT (rename involved in collision): the renamed {Text(old)} has conflicts and meets another file at {Text(renamed)}.");

    public void DirectoryRenamed(byte[] path, byte[] moved, byte[]? source, int side, bool isDisputed)
    {
        string how = source is null ? $"{Text(path)} added in {Label(side)}" : $"{Text(source)} renamed to {Text(path)} in {Label(side)},";
        string where = $"inside a directory that was renamed in {Label(3 - side)}";
        Add(moved, isDisputed
            ? $"CONFLICT (file location): {how} {where}; it was put at {Text(moved)}; say whether it belongs there."
            : $"Path updated: {how} {where}; it is at {Text(moved)} now.");
    }

    public void DirectorySplit(byte[] directory) =>
        Add(directory, $"CONFLICT (directory rename split): it is not clear where {Text(directory)} was renamed to; no other directory has the most of its files.");

    public void DirectoryRenamedAgain(byte[] path, byte[] directory, byte[] place) =>
        Add(path, $"warning: {Text(path)} does not follow the rename of {Text(directory)} to {Text(place)}, because {Text(place)} was renamed too.");

    public void DirectoryRenameInWay(byte[] place, IEnumerable<byte[]> paths) =>
        Add(place, $"CONFLICT (implicit dir rename): what is at {Text(place)} is in the way of files that would follow their directory's rename there: {string.Join(", ", paths.Select(Text))}.");

    public void DirectoryRenameCollides(byte[] place, IEnumerable<byte[]> paths) =>
        Add(place, $"CONFLICT (implicit dir rename): more than one file would follow its directory's rename to {Text(place)}: {string.Join(", ", paths.Select(Text))}.");

    public string Label(int side) => side == MergeEntry.Ours ? labels.Ours : labels.Theirs;

    private void Add(byte[] path, string text) => _notes.Add((path, text));

    private static string Text(byte[] path) => Encoding.UTF8.GetString(path);
}
