using System.Text;

namespace Monorepo.Peers.Generating;

/// <summary>
/// The path of every file: a tree of folders with eight folders and twelve files in each, filled from the top, so that files are at every depth and neighbours by
/// number are neighbours in the tree. Paths are cached as UTF-8: about 100 bytes a file.
/// </summary>
internal sealed class FileNames
{
    /// <summary>A path of eight folders, in every history.</summary>
    public const string DeepPath = "platform/services/ledger/internal/storage/posting/journal/entries/LedgerEntry.cs";

    private const int FilesPerFolder = 12;
    private const int FoldersPerFolder = 8;
    private static readonly string[] s_extensions = [".cs", ".cs", ".cs", ".cs", ".ts", ".py", ".md", ".json", ".proto", ".sh"];

    private readonly byte[][] _paths;

    /// <param name="files">The first of them is <see cref="DeepPath"/>.</param>
    public FileNames(int files)
    {
        _paths = new byte[files][];
        _paths[0] = Encoding.UTF8.GetBytes(DeepPath);
        string folder = "";
        for (int file = 1; file < files; file++)
        {
            if (file == 1 || file % FilesPerFolder == 0)
                folder = Folder(file / FilesPerFolder);
            ulong hash = SeededRandom.Mix((ulong)file);
            string extension = s_extensions[(int)((hash >> 32) % (ulong)s_extensions.Length)];
            _paths[file] = Encoding.UTF8.GetBytes($"{folder}{Words.Capital((int)(hash & 0xffff))}{Words.Capital((int)((hash >> 16) & 0xffff))}{file % FilesPerFolder}{extension}");
        }
    }

    public ReadOnlySpan<byte> this[int file] => _paths[file];

    private static string Folder(int number)
    {
        if (number == 0)
            return "";
        // The number among its siblings keeps names apart.
        string name = $"{Words.Of((int)(SeededRandom.Mix((ulong)number * 31) & 0xffff))}{(number - 1) % FoldersPerFolder}";
        return $"{Folder((number - 1) / FoldersPerFolder)}{name}/";
    }
}
