namespace Monorepo.Workspace.Diff;

/// <summary>Which renames are looked for, and how hard.</summary>
/// <param name="Includes">Whether a removed file is of interest. One that is not may still turn out to be an added file of the same content, which that then is not for another.</param>
/// <param name="PairsMax">With more pairs of removed and added files they are compared by content's id and by name alone.</param>
/// <param name="ContentsMax">So too with more files.</param>
public sealed record RenameScope(Func<ReadOnlyMemory<byte>, bool> Includes, long PairsMax, int ContentsMax)
{
    /// <summary>Git's default for <c>diff.renameLimit</c>: files on one side.</summary>
    public const int FilesMaxDefault = 1_000;

    /// <summary>Git's defaults for differences: every removed file, half of it at least.</summary>
    public static readonly RenameScope Everything = Limited(FilesMaxDefault);

    /// <summary>How much must be alike, of <see cref="FileChange.ScoreMax"/>; all of it: only equal contents are renames.</summary>
    public int ScoreMin { get; init; } = FileChange.ScoreMax / 2;

    /// <summary>Told of every rename, and asked where a file of a removed directory went that has its name in common with others; null: directories do not matter.</summary>
    public DirectoryMoves? Directories { get; init; }

    /// <summary>Every removed file, and contents compared where removed times added files are not more than the square of a limit; 0: no limit.</summary>
    public static RenameScope Limited(int filesMax) => new(static _ => true, filesMax <= 0 ? long.MaxValue : (long)filesMax * filesMax, int.MaxValue);

    /// <summary>
    /// Reads what stands behind git's <c>-M</c>: <c>50%</c>, or digits behind a decimal point that may be left out (<c>5</c> and <c>50</c> are one half, too).
    /// </summary>
    public static bool TryParseScore(ReadOnlySpan<char> text, out int score)
    {
        const long ScaleMax = 100_000;
        long number = 0;
        long scale = 1;
        bool hasPoint = false;
        score = FileChange.ScoreMax / 2;
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '.' when !hasPoint:
                    (scale, hasPoint) = (1, true);
                    break;
                case '%' when i == text.Length - 1:
                    scale = hasPoint ? scale * 100 : 100;
                    break;
                case >= '0' and <= '9':
                    (number, scale) = scale < ScaleMax ? ((number * 10) + text[i] - '0', scale * 10) : (number, scale);
                    break;
                default:
                    return false;
            }
        }

        if (text.Length == 0)
        {
            return false;
        }

        int parsed = number >= scale ? FileChange.ScoreMax : (int)(FileChange.ScoreMax * number / scale);

        // As in git, nothing is the default.
        score = parsed == 0 ? score : parsed;
        return true;
    }
}
