using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>A directory's entries with kind, permissions and content, to compare two working copies.</summary>
internal static class Snapshot
{
    public static List<string> Take(string root)
    {
        using PosixWorkingFiles files = PosixWorkingFiles.Open(Encoding.UTF8.GetBytes(root));
        var all = new List<string>();
        Visit(files, [], all);
        return all;
    }

    private static void Visit(PosixWorkingFiles files, byte[] path, List<string> all)
    {
        using IWorkingDirectory directory = files.OpenDirectory(path)!;
        var listing = new DirectoryListing();
        directory.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            byte[] name = listing.Name(i).ToArray();
            if (WorkingPath.IsStateName(name))
                continue;
            byte[] full = TreePaths.Join(path, name);
            FileStatus status = directory.GetStatus(name)!.Value;
            string content = status.Kind switch
            {
                FileKind.SymbolicLink => Convert.ToHexString(directory.ReadLink(name)!),
                FileKind.Regular => Read(directory, name, status.SizeBytes),
                _ => "",
            };
            all.Add($"{Encoding.Latin1.GetString(full)} {Convert.ToString(status.Mode, 8)} {content}");
            if (status.Kind == FileKind.Directory)
                Visit(files, full, all);
        }
    }

    private static string Read(IWorkingDirectory directory, byte[] name, long size)
    {
        byte[] content = new byte[size];
        using IWorkingFile file = directory.OpenRead(name)!;
        int filled = 0;
        while (filled < size && file.Read(content.AsSpan(filled)) is > 0 and int count)
            filled += count;
        return Convert.ToHexString(content.AsSpan(0, filled));
    }
}
