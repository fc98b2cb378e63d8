// A stable counting sort of choices by expert, and the tiles of the products. N choices, E experts, B blocks of DISPATCH_ROWS choices.
//   dispatch_count   grid B, block COUNT_THREADS, shared 4 E bytes
//   dispatch_scan    grid 1, block SCAN_THREADS
//   dispatch_place   grid B, block PLACE_THREADS, shared 4 E bytes
//   expert_tiles     grid 1, block SCAN_THREADS, shared 4 (E + 1) bytes
// A choice that names no expert is left out: ends_E[E - 1] tells.
#define DISPATCH_ROWS 1024
#define COUNT_THREADS 256
#define SCAN_THREADS 256
#define PLACE_THREADS 32

/// offsets_BE[b, e]: how many choices of block b name expert e.
extern "C" __global__ void __launch_bounds__(COUNT_THREADS) dispatch_count(const long long* expert_N, int N, int E, int* offsets_BE)
{
    DYNAMIC_SHARED(shared);
    int* counts_E = (int*)shared;
    for (int e = threadIdx.x; e < E; e += COUNT_THREADS)
        counts_E[e] = 0;
    __syncthreads();
    int first = blockIdx.x * DISPATCH_ROWS, end = N - first < DISPATCH_ROWS ? N : first + DISPATCH_ROWS;
    for (int i = first + threadIdx.x; i < end; i += COUNT_THREADS)
        if ((unsigned long long)expert_N[i] < (unsigned long long)E)
            atomicAdd(counts_E + expert_N[i], 1);
    __syncthreads();
    for (int e = threadIdx.x; e < E; e += COUNT_THREADS)
        offsets_BE[(long long)blockIdx.x * E + e] = counts_E[e];
}

/// The sum of a value over this thread and those before it; every thread of the block takes part.
__device__ __forceinline__ int running_sum(int value, int* total)
{
    __shared__ int sums[SCAN_THREADS];
    sums[threadIdx.x] = value;
    __syncthreads();
    for (int step = 1; step < SCAN_THREADS; step *= 2)
    {
        int before = threadIdx.x >= step ? sums[threadIdx.x - step] : 0;
        __syncthreads();
        sums[threadIdx.x] += before;
        __syncthreads();
    }
    int mine = sums[threadIdx.x];
    *total = sums[SCAN_THREADS - 1];
    __syncthreads();
    return mine;
}

/// Turns the counts of each block into the first row of each block's choices of an expert, and writes where the experts' rows end.
extern "C" __global__ void __launch_bounds__(SCAN_THREADS) dispatch_scan(int* offsets_BE, int B, int E, int* ends_E)
{
    int done = 0;
    for (int first = 0; first < E; first += SCAN_THREADS)
    {
        int e = first + threadIdx.x, count = 0, total;
        for (int b = 0; e < E && b < B; b++)
            count += offsets_BE[(long long)b * E + e];
        int end = done + running_sum(count, &total);
        if (e < E)
            ends_E[e] = end;
        int row = end - count;
        for (int b = 0; e < E && b < B; b++)
        {
            int here = offsets_BE[(long long)b * E + e];
            offsets_BE[(long long)b * E + e] = row;
            row += here;
        }
        done += total;
    }
}

/// One warp places its block's choices in order, 32 at a time.
extern "C" __global__ void __launch_bounds__(PLACE_THREADS) dispatch_place(
    const long long* expert_N, const long long* token_N, const int* offsets_BE, int N, int E, int K, long long* rowToken_N, long long* rowChoice_N)
{
    DYNAMIC_SHARED(shared);
    int* next_E = (int*)shared;
    int lane = threadIdx.x;
    for (int e = lane; e < E; e += PLACE_THREADS)
        next_E[e] = offsets_BE[(long long)blockIdx.x * E + e];
    __syncwarp();
    int first = blockIdx.x * DISPATCH_ROWS, end = N - first < DISPATCH_ROWS ? N : first + DISPATCH_ROWS;
    for (int start = first; start < end; start += PLACE_THREADS)
    {
        int i = start + lane;
        long long named = i < end ? expert_N[i] : -1;
        bool placed = (unsigned long long)named < (unsigned long long)E;
        int expert = placed ? (int)named : -1;
        unsigned same = __match_any_sync(FULL_WARP, expert);
        int before = __popc(same & ((1u << lane) - 1));
        int row = placed ? next_E[expert] + before : 0;
        __syncwarp();
        if (placed)
        {
            rowToken_N[row] = token_N ? token_N[i] : i / K;
            rowChoice_N[row] = i;
            if (before == 0)
                next_E[expert] += __popc(same);
        }
        __syncwarp();
    }
}

/// Fills the tile list [tiles, 4]: expert, first row, rows, 0; no rows beyond the last tile.
extern "C" __global__ void __launch_bounds__(SCAN_THREADS) expert_tiles(const int* ends_E, int E, int tiles, int* tile_R4)
{
    DYNAMIC_SHARED(shared);
    int* start_E1 = (int*)shared;
    int done = 0;
    for (int first = 0; first < E; first += SCAN_THREADS)
    {
        int e = first + threadIdx.x, total;
        int rows = e < E ? ends_E[e] - (e > 0 ? ends_E[e - 1] : 0) : 0;
        int count = (rows + TILE_ROWS - 1) / TILE_ROWS;
        int end = done + running_sum(count, &total);
        if (e < E)
            start_E1[e] = end - count;
        done += total;
    }
    if (threadIdx.x == 0)
        start_E1[E] = done;
    __syncthreads();
    for (int tile = threadIdx.x; tile < tiles; tile += SCAN_THREADS)
    {
        int low = 0, high = E;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (start_E1[middle] <= tile)
                low = middle;
            else
                high = middle;
        }
        int row = 0, rows = 0;
        if (tile < done)
        {
            row = (low > 0 ? ends_E[low - 1] : 0) + (tile - start_E1[low]) * TILE_ROWS;
            rows = least(TILE_ROWS, ends_E[low] - row);
        }
        int* entry = tile_R4 + 4 * (long long)tile;
        entry[0] = tile < done ? low : 0;
        entry[1] = row;
        entry[2] = rows;
        entry[3] = 0;
    }
}
