namespace Monorepo.Peers.Subjects;

/// <summary>Finds a place in a row of commits with few questions to git.</summary>
internal static class Bisection
{
    /// <summary>The first index at which something holds that holds from there on; the last one is not asked and taken to.</summary>
    public static async Task<int> FirstAsync(int first, int last, Func<int, Task<bool>> holdsAsync)
    {
        while (first < last)
        {
            int middle = (first + last) / 2;
            if (await holdsAsync(middle))
                last = middle;
            else
                first = middle + 1;
        }

        return first;
    }
}
